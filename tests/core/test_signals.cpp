// Signals of a run: each step has its values, from arrays and functions, on any number of threads and ranks; what is
// refused, and the state after an error.
#include "helpers/message_of.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

const Parameters signalled{.ne = 20, .nu = 4, .lambda_ee = 5, .lambda_ei = 5, .h_ip = 0.1};
const RecordRequest signals_and_spikes[] = {{Quantity::signals}, {Quantity::excitatory}};

double reward_of(std::uint64_t step) { return std::sin(static_cast<double>(step)); }

/// The rewards of `steps` steps from `begin` on.
std::vector<double> rewards(std::uint64_t begin, std::size_t steps) {
  std::vector<double> values(steps);
  for (std::size_t t = 0; t < steps; ++t) values[t] = reward_of(begin + t);
  return values;
}

/// Runs, and returns what was recorded.
std::vector<Recording> recorded(Network& network, std::size_t steps, const RunOptions& options) {
  Recorder recorder(network, signals_and_spikes, steps, ActivityFormat::byte, options.signals.size());
  network.run(steps, options, {&recorder});
  return recorder.take();
}

TEST(Signals, AreKnownInEachStepOnAnyNumberOfThreads) {
  const std::vector<double> reward = rewards(0, 50);
  std::vector<double> phase(60, 2.0);  // longer than the run
  phase[7] = -1.5;
  for (const std::size_t threads : {1U, 2U, 3U}) {
    Network network(signalled, 3);
    const std::vector<Recording> found =
        recorded(network, 50, {.threads = threads, .signals = {{"reward", reward}, {"mark_2", phase}}});
    EXPECT_THAT(found[0].row_shape, ElementsAre(2U));
    ASSERT_EQ(found[0].reals().size(), 100U);
    for (std::size_t t = 0; t < 50; ++t) {
      EXPECT_EQ(found[0].reals()[2 * t], reward[t]) << t;
      EXPECT_EQ(found[0].reals()[2 * t + 1], phase[t]) << t;
    }
  }
}

TEST(Signals, OfAFunctionEqualThoseOfAnArrayAcrossRuns) {
  Network with_arrays(signalled, 3);
  Network with_functions(signalled, 3);
  for (const std::size_t steps : {1U, 30U, 12U}) {
    const std::vector<double> values = rewards(with_arrays.state().step, steps);
    const auto expected = recorded(with_arrays, steps, {.signals = {{"reward", values}}});
    const auto found = recorded(with_functions, steps, {.threads = 2, .signals = {{"reward", reward_of}}});
    EXPECT_EQ(found, expected);
  }
  EXPECT_EQ(with_functions.state(), with_arrays.state());
}

TEST(Signals, DoNotChangeARunWithoutARuleThatReadsThem) {
  Network without(signalled, 3);
  without.run(40);
  Network with(signalled, 3);
  with.run(40, {.signals = {{"reward", reward_of}}});
  EXPECT_EQ(with.state(), without.state());
}

TEST(Signals, AreKnownToAllRanks) {
  const std::vector<double> mark(40, 0.25);
  const RunOptions options{.signals = {{"reward", reward_of}, {"mark", mark}}};
  Network alone(signalled, 5);
  const auto expected = recorded(alone, 40, options);
  std::mutex mutex;
  test::on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(signalled, 5, ranks);
    const auto found = recorded(network, 40, options);
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(found, expected);
  });
}

TEST(Signals, FunctionIsCalledOnceAStepInTheThreadOfTheCaller) {
  std::vector<std::uint64_t> steps;
  const auto caller = std::this_thread::get_id();
  Network network(signalled, 3);
  network.run(2);
  network.run(4, {.threads = 3, .signals = {{"reward", [&](std::uint64_t step) {
                                               EXPECT_EQ(std::this_thread::get_id(), caller);
                                               steps.push_back(step);
                                               return 0.0;
                                             }}}});
  EXPECT_THAT(steps, ElementsAre(2U, 3U, 4U, 5U));
}

TEST(Signals, FunctionThatFailsEndsTheRunBeforeTheStep) {
  Network reference(signalled, 3);
  const auto expected = recorded(reference, 30, {.signals = {{"reward", reward_of}}});
  Network up_to_the_error(signalled, 3);
  up_to_the_error.run(17);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const std::size_t threads : {1U, 3U}) {
    for (const double bad : {nan, -infinity}) {
      Network network(signalled, 3);
      Recorder recorder(network, signals_and_spikes, 30, ActivityFormat::byte, 1);
      const RunOptions options{
          .threads = threads,
          .signals = {{"reward", [&](std::uint64_t step) { return step == 17 ? bad : reward_of(step); }}}};
      EXPECT_THAT(message_of<StateError>([&] { network.run(30, options, {&recorder}); }),
                  AllOf(HasSubstr("signal 'reward' = "), HasSubstr(std::isnan(bad) ? "nan" : "-inf"),
                        HasSubstr("in step 17"), HasSubstr("finite")));
      EXPECT_EQ(network.state(), up_to_the_error.state());
      EXPECT_EQ(recorder.recordings()[0].rows, 17U);
      // The network goes on from there.
      network.run(13, {.signals = {{"reward", reward_of}}});
      EXPECT_EQ(network.state(), reference.state());
    }
    Network network(signalled, 3);
    const RunOptions throwing{.threads = threads, .signals = {{"reward", [](std::uint64_t step) -> double {
                                                                 if (step == 17) throw std::domain_error("mine");
                                                                 return 0.0;
                                                               }}}};
    EXPECT_EQ(message_of<std::domain_error>([&] { network.run(30, throwing); }), "mine");
    EXPECT_EQ(network.state(), up_to_the_error.state());
  }
}

TEST(Signals, FunctionThatFailsOnARankEndsTheRunOnAllRanks) {
  std::mutex mutex;
  std::vector<std::uint64_t> steps;
  EXPECT_THROW(test::on_ranks(2,
                              [&](const std::shared_ptr<Ranks>& ranks) {
                                Network network(signalled, 5, ranks);
                                const RunOptions options{.signals = {{"reward", [](std::uint64_t step) {
                                                                        return step == 9 ? std::nan("") : 1.0;
                                                                      }}}};
                                try {
                                  network.run(20, options);
                                } catch (...) {
                                  const std::scoped_lock lock(mutex);
                                  steps.push_back(network.state().step);
                                  throw;
                                }
                              }),
               StateError);
  EXPECT_THAT(steps, ElementsAre(9U, 9U));
}

TEST(Signals, AreCheckedBeforeTheFirstStep) {
  Network network(signalled, 3);
  network.run(5);
  const State before = network.state();
  std::vector<double> values(10, 1.0);
  const auto refused_as = [&](const std::vector<Signal>& signals) { return RunOptions{.signals = signals}; };
  const auto run = [&](const std::vector<Signal>& signals) {
    return [&network, options = refused_as(signals)] { network.run(10, options); };
  };
  EXPECT_THAT(message_of<ShapeError>(run({{"mark", values}, {"reward", std::span(values).first(9)}})),
              AllOf(HasSubstr("'reward' has 9 values"), HasSubstr("must have 10")));
  values[6] = std::nan("");
  EXPECT_THAT(message_of<StateError>(run({{"reward", values}})),
              AllOf(HasSubstr("'reward' = nan in step 6 of the run"), HasSubstr("finite")));
  EXPECT_THAT(message_of<ParameterError>(run({{"reward", reward_of}, {"b", reward_of}, {"reward", reward_of}})),
              HasSubstr("'reward' is given twice"));
  EXPECT_THAT(message_of<ParameterError>(run({{"reward", Signal::Function()}})), HasSubstr("empty function"));
  for (const char* name : {"", "Reward", "1st", "_a", "a-b", "a b", "r\n", "\u00e9"}) {
    EXPECT_THAT(message_of<ParameterError>(run({{name, reward_of}})), HasSubstr("a lower-case letter")) << name;
  }
  EXPECT_THAT(message_of<ParameterError>(run({{std::string(64, 'a'), reward_of}})), HasSubstr("at most 63"));
  for (const std::string_view name : reserved_signal_names()) {
    EXPECT_THAT(message_of<ParameterError>(run({{std::string(name), reward_of}})), HasSubstr("a setting of a run"));
  }
  std::vector<Signal> many;
  for (std::size_t k = 0; k <= most_signals; ++k) many.push_back({"s" + std::to_string(k), reward_of});
  EXPECT_THAT(message_of<ParameterError>(run(many)), HasSubstr("at most 256"));
  EXPECT_EQ(network.state(), before);
  many.pop_back();
  network.run(1, refused_as(many));
  // A value after the last step of the run is not read.
  network.run(6, {.signals = {{"reward", values}}});
}

TEST(Signals, RecordingNeedsSignals) {
  Network network(signalled, 3);
  EXPECT_THAT(message_of<ParameterError>([&] { Recorder(network, signals_and_spikes, 5); }),
              AllOf(HasSubstr("record signals"), HasSubstr("the run has no signals")));
  Recorder recorder(network, signals_and_spikes, 5, ActivityFormat::byte, 2);
  EXPECT_THAT(message_of<ParameterError>([&] {
                network.run(5, {.signals = {{"reward", reward_of}}}, {&recorder});
              }),
              HasSubstr("the run has 1"));
}

TEST(Signals, AreFoundByTheirNames) {
  const std::vector<Signal> signals{{"reward", reward_of}, {"mark", reward_of}};
  EXPECT_THAT(position_of(signals, "mark"), Optional(1U));
  EXPECT_EQ(position_of(signals, "marks"), std::nullopt);
  EXPECT_THAT(signal_names(signals), ElementsAre("reward", "mark"));
}

TEST(Signals, AreGivenToASingleStep) {
  Network network(signalled, 3);
  Network other(signalled, 3);
  const std::vector<double> u(4, 1.0);
  const double reward = 0.5;
  std::uint64_t called_for = 99;
  network.step(u, {.signals = {{"reward", std::span(&reward, 1)}, {"mark", [&](std::uint64_t step) {
                                                                     called_for = step;
                                                                     return 1.0;
                                                                   }}}});
  other.step(u);
  EXPECT_EQ(called_for, 0U);
  EXPECT_EQ(network.state(), other.state());
}

}  // namespace
}  // namespace sorn
