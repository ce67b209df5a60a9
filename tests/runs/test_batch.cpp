// Batches: which thread runs and finishes a job, how a batch stops, and what it does with errors.
#include "helpers/message_of.hpp"
#include "runs/batch.hpp"

#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sorn::runs {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto go_on = Observer::Outcome::go_on;

std::vector<std::uint64_t> jobs(std::uint64_t count) {
  std::vector<std::uint64_t> found(count);
  std::iota(found.begin(), found.end(), 0);
  return found;
}

Batch::Look never_stop() {
  return [](std::uint64_t) { return go_on; };
}

/// Runs until it is stopped.
void run_on(Observer& job) {
  Network network({.ne = 10, .nu = 2, .lambda_ee = 3, .lambda_ei = 4}, 1);
  Observer* const observers[] = {&job};
  network.run(1'000'000'000, {.threads = 1}, observers);
}

TEST(BatchThread, RunsEachJobOnceAndFinishesInTheCallersThread) {
  const std::thread::id caller = std::this_thread::get_id();
  for (const std::size_t threads : {1U, 2U, 5U, 0U}) {
    std::vector<std::uint64_t> finished;
    std::vector<std::thread::id> where;
    Batch batch(threads, [&](std::uint64_t) {
      where.push_back(std::this_thread::get_id());
      return go_on;
    });
    batch.run(jobs(200), [&](std::uint64_t index, Observer&) -> Batch::Finish {
      EXPECT_NE(std::this_thread::get_id(), caller);
      if (index % 3 == 0) return {};
      return [&, index] {
        where.push_back(std::this_thread::get_id());
        finished.push_back(index);
      };
    });
    std::ranges::sort(finished);
    std::vector<std::uint64_t> expected = jobs(200);
    std::erase_if(expected, [](std::uint64_t index) { return index % 3 == 0; });
    EXPECT_EQ(finished, expected);
    EXPECT_THAT(where, Each(caller));
  }
}

TEST(BatchThread, CountsTheStepsOfAllJobs) {
  std::uint64_t steps = 0;
  Batch batch(3, [&](std::uint64_t done) {
    EXPECT_GE(done, steps);
    steps = done;
    return go_on;
  });
  const auto task = [](std::uint64_t index, Observer& job) -> Batch::Finish {
    Network network({.ne = 10, .nu = 2, .lambda_ee = 3, .lambda_ei = 4}, index);
    Observer* const observers[] = {&job};
    network.run(10 * index, {.threads = 1}, observers);
    return {};
  };
  batch.run(std::vector<std::uint64_t>{1, 2, 3}, task);
  batch.run(std::vector<std::uint64_t>{4}, task);
  batch.look();
  EXPECT_EQ(steps, 100U);
}

TEST(BatchThread, EndsWithoutJobs) {
  int looks = 0;
  Batch batch(2, [&](std::uint64_t) { return ++looks, go_on; });
  batch.run({}, [](std::uint64_t, Observer&) -> Batch::Finish { return {}; });
  EXPECT_EQ(looks, 1);
}

TEST(BatchThread, StopsRunningJobsAndBeginsNoOther) {
  std::atomic<int> begun{0};
  Batch batch(
      2, [&](std::uint64_t) { return begun < 2 ? go_on : Observer::Outcome::stop; }, Batch::OnError::finish, 1ms);
  std::vector<std::uint64_t> finished;
  batch.run(jobs(50), [&](std::uint64_t index, Observer& job) -> Batch::Finish {
    ++begun;
    run_on(job);
    return [&, index] { finished.push_back(index); };
  });
  EXPECT_TRUE(batch.stopped());
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(finished.size(), 2U) << "the results of stopped jobs are kept";
  batch.run(jobs(50), [&](std::uint64_t, Observer&) -> Batch::Finish { return ++begun, Batch::Finish(); });
  EXPECT_EQ(begun, 2) << "a stopped batch begins no job";
}

TEST(BatchThread, CanBeStoppedByAFinish) {
  Batch batch(3, never_stop());
  batch.run(jobs(4), [&](std::uint64_t index, Observer& job) -> Batch::Finish {
    if (index > 0) run_on(job);
    return [&] { batch.stop(); };
  });
  EXPECT_TRUE(batch.stopped());
}

TEST(BatchThread, ThrowsTheErrorOfTheLowestJob) {
  for (int again = 0; again < 20; ++again) {
    Batch batch(4, never_stop(), Batch::OnError::finish);
    std::atomic<int> ready{0};
    std::atomic<int> ended{0};
    const auto fail = [&](std::uint64_t index, Observer&) -> Batch::Finish {
      ++ready;
      while (ready < 4) std::this_thread::yield();  // so that all jobs have begun when the first one fails
      if (index % 2 == 1) throw std::runtime_error(std::to_string(index));
      return [&] { ++ended; };
    };
    EXPECT_EQ(test::message_of<std::runtime_error>([&] { batch.run(jobs(4), fail); }), "1");
    EXPECT_EQ(ended, 2) << "the jobs that had begun must end";
  }
}

TEST(BatchThread, AnErrorStopsTheOtherJobs) {
  Batch batch(2, never_stop());
  std::atomic<bool> runs{false};
  const auto task = [&](std::uint64_t index, Observer& job) -> Batch::Finish {
    if (index == 1) {
      while (!runs) std::this_thread::yield();
      throw std::runtime_error("broken");
    }
    runs = true;
    run_on(job);
    return {};
  };
  EXPECT_THROW(batch.run(jobs(30), task), std::runtime_error);
}

TEST(BatchThread, StopsWhenALookOrAFinishThrows) {
  struct Interrupt {};
  for (const bool by_look : {true, false}) {
    std::atomic<int> begun{0};
    Batch batch(
        3,
        [&](std::uint64_t) {
          if (by_look && begun == 3) throw Interrupt();
          return go_on;
        },
        Batch::OnError::finish, 1ms);
    const auto task = [&](std::uint64_t index, Observer& job) -> Batch::Finish {
      ++begun;
      if (by_look || index > 0) run_on(job);
      return [] { throw Interrupt(); };
    };
    EXPECT_THROW(batch.run(jobs(100), task), Interrupt);
    EXPECT_LE(begun, 5);
  }
}

TEST(BatchThread, KeepsEndedJobsWhenALookThrows) {
  struct Interrupt {};
  std::atomic<bool> ended{false};
  std::atomic<int> looks{0};
  bool kept = false;
  Batch batch(2, [&](std::uint64_t) {
    if (++looks == 1) return go_on;
    while (!ended) std::this_thread::yield();
    throw Interrupt();
  });
  const auto task = [&](std::uint64_t index, Observer& job) -> Batch::Finish {
    if (index == 0) {
      while (looks < 2) std::this_thread::yield();
      ended = true;
      return [&] { kept = true; };
    }
    run_on(job);
    return {};
  };
  EXPECT_THROW(batch.run(jobs(2), task), Interrupt);
  EXPECT_TRUE(kept);
}

TEST(BatchThread, WaitsForExpectedJobs) {
  std::vector<std::uint64_t> finished;
  std::optional<Batch> batch;
  int looks = 0;
  batch.emplace(
      2,
      [&](std::uint64_t) {
        ++looks;
        const std::uint64_t job = static_cast<std::uint64_t>(looks);
        if (looks <= 5) batch->add(std::span(&job, 1), looks % 2 == 0);
        if (looks == 6) batch->expect_more(false);
        return go_on;
      },
      Batch::OnError::stop, 1ms);
  batch->expect_more(true);
  batch->run(
      {}, [&](std::uint64_t index, Observer&) -> Batch::Finish { return [&, index] { finished.push_back(index); }; });
  std::ranges::sort(finished);
  EXPECT_THAT(finished, ElementsAre(1, 2, 3, 4, 5));
}

TEST(BatchThread, StopsWhileItWaitsForJobs) {
  int looks = 0;
  Batch batch(
      3, [&](std::uint64_t) { return ++looks < 3 ? go_on : Observer::Outcome::stop; }, Batch::OnError::stop, 1ms);
  batch.expect_more(true);
  batch.run({}, [](std::uint64_t, Observer&) -> Batch::Finish { return {}; });
  EXPECT_EQ(batch.take(), std::nullopt);
}

TEST(Batch, RefusesTooManyThreads) {
  EXPECT_THAT(test::message_of<ParameterError>([] { Batch(5000, never_stop()); }), HasSubstr("threads = 5000"));
}

}  // namespace
}  // namespace sorn::runs
