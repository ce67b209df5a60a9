// Pace against a made-up machine, whose clock the test sets.
#include "team/pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace sorn {
namespace {

using Seconds = Pace::Seconds;

/// A machine on which a step takes seconds(threads, time).
struct Machine {
  std::function<double(std::size_t threads, double time)> seconds;
  Pace pace{};
  double time = 0.0;
  double best = 0.0;  // the time that the steps would have taken with the best number of threads
  std::size_t steps = 0;

  Pace::Clock::time_point now() const {
    return Pace::Clock::time_point(std::chrono::duration_cast<Pace::Clock::duration>(Seconds(time)));
  }

  void begin(std::size_t most) { pace.begin(most, now()); }

  void step(std::size_t most) {
    double least = seconds(1, time);
    for (std::size_t threads = most; threads > 1; threads /= 2) least = std::min(least, seconds(threads, time));
    best += least;
    time += seconds(pace.threads(), time);
    pace.step(now());
    ++steps;
  }

  /// Steps until a time. @returns how much longer they took than with the best number of threads throughout
  double loss_until(double end, std::size_t most) {
    const double begin = time;
    best = 0.0;
    while (time < end) step(most);
    return (time - begin) / best - 1.0;
  }
};

TEST(Pace, BeginsWithAllThreadsAndKeepsThemWhereTheyAreFaster) {
  Machine machine{[](std::size_t threads, double) { return threads == 2 ? 100e-6 : 180e-6; }};
  machine.begin(2);
  EXPECT_EQ(machine.pace.threads(), 2U);
  EXPECT_LT(machine.loss_until(0.1, 2), 0.05);
  EXPECT_LT(machine.loss_until(20.0, 2), 0.003);
  EXPECT_EQ(machine.pace.threads(), 2U);
}

TEST(Pace, UsesOneThreadWhereOtherProgramsHoldTheProcessors) {
  for (const double team : {150e-6, 1e-3, 20e-3}) {
    Machine machine{[team](std::size_t threads, double) { return threads == 2 ? team : 100e-6; }};
    machine.begin(2);
    machine.loss_until(1.0, 2);
    EXPECT_LT(machine.loss_until(60.0, 2), 0.025) << team;
    EXPECT_EQ(machine.pace.threads(), 1U) << team;
  }
}

TEST(Pace, FollowsALoadThatComesAndGoes) {
  const auto busy = [](double time) { return time > 5.0 && time < 10.0; };
  Machine machine{[&](std::size_t threads, double time) {
    if (threads == 1) return 2e-3;
    return busy(time) ? 10e-3 : 1e-3;
  }};
  machine.begin(2);
  machine.loss_until(5.0, 2);
  EXPECT_EQ(machine.pace.threads(), 2U);
  machine.loss_until(5.1, 2);
  EXPECT_EQ(machine.pace.threads(), 1U);
  EXPECT_LT(machine.loss_until(10.0, 2), 0.03);
  machine.loss_until(12.5, 2);
  EXPECT_EQ(machine.pace.threads(), 2U);
}

TEST(Pace, FindsTheBestOfSeveralNumbers) {
  Machine machine{[](std::size_t threads, double) {
    return threads == 8 ? 4e-3 : 1e-3 / static_cast<double>(threads) + (threads == 4 ? 0.0 : 1e-3);
  }};
  machine.begin(8);
  machine.loss_until(2.0, 8);
  EXPECT_LT(machine.loss_until(40.0, 8), 0.08);  // three others are tried, each for a fiftieth of the time
  EXPECT_EQ(machine.pace.threads(), 4U);
}

TEST(Pace, AddsUpSeriesThatAreShorterThanAStretch) {
  Machine machine{[](std::size_t threads, double) { return threads == 2 ? 300e-6 : 100e-6; }};
  for (int call = 0; call < 2000; ++call) {
    machine.time += 0.05;  // of the caller, which does not count
    machine.begin(2);
    machine.step(2);
  }
  EXPECT_EQ(machine.pace.threads(), 1U);
}

TEST(Pace, BeginsAnewWithAnotherNumberOfThreads) {
  Machine machine{[](std::size_t threads, double) { return 1e-3 * static_cast<double>(threads); }};
  machine.begin(4);
  machine.loss_until(1.0, 4);
  EXPECT_EQ(machine.pace.threads(), 1U);
  machine.begin(3);
  EXPECT_EQ(machine.pace.threads(), 3U);
  machine.begin(1);
  EXPECT_EQ(machine.pace.threads(), 1U);
  EXPECT_FALSE(machine.pace.step());
}

}  // namespace
}  // namespace sorn
