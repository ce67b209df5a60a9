// Ensembles: each replica equals the single run with its seed on any number of threads; statistics; errors.
#include "core/quantity.hpp"
#include "helpers/message_of.hpp"
#include "helpers/temporary_folder.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/error.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>
#include <thread>

namespace sorn {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

TEST(EnsembleSource, ShowsEachReplicaItsOwnSymbols) {
  EnsemblePlan plan{.replicas = 3, .seed = 9, .parameters = {.ne = 40, .nu = 4, .lambda_ee = 6, .lambda_ei = 8}};
  plan.run.steps = 60;
  plan.run.record = {{Quantity::symbol}};
  plan.run.options.source = source_spec("counting:n=2,pool_size=5");
  const EnsembleOutcome outcome = run_ensemble(plan);
  for (std::uint64_t k = 0; k < 3; ++k) {
    Network single(plan.parameters, replica_seed(9, k));
    Recorder recorder(single, plan.run.record, 60);
    single.run(60, plan.run.options, {&recorder});
    EXPECT_EQ(outcome.networks[k].state(), single.state());
    EXPECT_EQ(outcome.recordings[k], recorder.recordings());
  }
  EXPECT_NE(outcome.recordings[0], outcome.recordings[1]);
  plan.run.options.source = source_spec("counting:n=2,pool_size=5,seed=1");  // all see the same
  const EnsembleOutcome same = run_ensemble(plan);
  EXPECT_EQ(same.recordings[0], same.recordings[1]);
  EXPECT_NE(same.networks[0].state(), same.networks[1].state());
}

TEST(EnsembleSignals, AreTheSameForEachReplica) {
  EnsemblePlan plan{.replicas = 3, .seed = 9, .parameters = {.ne = 40, .nu = 4, .lambda_ee = 6, .lambda_ei = 8}};
  std::vector<double> reward(60);
  std::iota(reward.begin(), reward.end(), -7.5);
  plan.run.steps = 60;
  plan.run.record = {{Quantity::signals}};
  EXPECT_THAT(test::message_of<ParameterError>([&] { run_ensemble(plan); }), HasSubstr("the run has no signals"));
  plan.run.options.signals = {{"reward", reward}};
  const EnsembleOutcome outcome = run_ensemble(plan);
  for (std::uint64_t k = 0; k < 3; ++k) {
    const auto values = outcome.recordings[k][0].reals();
    EXPECT_TRUE(std::equal(values.begin(), values.end(), reward.begin(), reward.end())) << k;
  }
  plan.run.options.signals = {{"reward", [](std::uint64_t) { return 1.0; }}};
  EXPECT_THAT(
      test::message_of<ParameterError>([&] { run_ensemble(plan); }),
      AllOf(HasSubstr("signal 'reward' of an ensemble"), HasSubstr("is a function"), HasSubstr("give the array")));
}

Parameters ensemble_parameters() {
  Parameters parameters;
  parameters.ne = 40;
  parameters.nu = 4;
  parameters.lambda_ee = 6;
  parameters.lambda_ei = 8;
  return parameters;
}

EnsemblePlan small_plan(std::uint64_t replicas, std::size_t threads) {
  EnsemblePlan plan;
  plan.replicas = replicas;
  plan.seed = 7;
  plan.threads = threads;
  plan.parameters = ensemble_parameters();
  plan.run.steps = 300;
  plan.run.record = {{Quantity::excitatory}, {Quantity::ee_count, 10}, {Quantity::te, 100}};
  return plan;
}

/// The final state and the recordings of the single run with a seed.
std::pair<State, std::vector<Recording>> single_run(const EnsemblePlan& plan, std::uint64_t seed) {
  Network network = plan.start ? Network(plan.parameters, *plan.start) : Network(plan.parameters, seed);
  network.reseed(seed);
  Recorder recorder(network, plan.run.record, plan.run.steps);
  Observer* const observers[] = {&recorder};
  network.run(plan.run.steps, plan.run.options, observers);
  return {network.state(), recorder.take()};
}

void expect_single_runs(const EnsemblePlan& plan, const EnsembleOutcome& outcome) {
  ASSERT_EQ(outcome.networks.size(), plan.replicas);
  ASSERT_EQ(outcome.recordings.size(), plan.replicas);
  EXPECT_EQ(outcome.complete, plan.replicas);
  for (std::uint64_t k = 0; k < plan.replicas; ++k) {
    const auto [state, recordings] = single_run(plan, replica_seed(plan.seed, k));
    EXPECT_EQ(outcome.networks[k].state(), state) << k;
    EXPECT_EQ(outcome.recordings[k], recordings) << k;
    EXPECT_EQ(outcome.statistics[k].replica, k);
    EXPECT_EQ(outcome.statistics[k].seed, state.seed);
    EXPECT_EQ(outcome.statistics[k].steps, plan.run.steps);
  }
}

/// The rows as numbers, to compare them bit for bit; every measure is defined.
std::vector<double> numbers(std::span<const ReplicaStatistics> rows) {
  std::vector<double> result;
  for (const ReplicaStatistics& row : rows) {
    result.insert(result.end(), row.values.begin(), row.values.end());
  }
  return result;
}

TEST(EnsembleThread, ReplicasEqualSingleRunsWithTheirSeeds) {
  std::vector<double> rows;
  for (const std::size_t threads : {1U, 2U, 5U, 0U}) {
    const EnsemblePlan plan = small_plan(6, threads);
    const EnsembleOutcome outcome = run_ensemble(plan);
    expect_single_runs(plan, outcome);
    if (rows.empty()) rows = numbers(outcome.statistics);
    EXPECT_EQ(numbers(outcome.statistics), rows) << threads << " threads";
  }
}

TEST(EnsembleThread, ReplicasContinueFromOneStateWithOneInput) {
  EnsemblePlan plan = small_plan(4, 3);
  Network network(plan.parameters, 99);
  network.run(50);
  plan.start = network.state();
  std::vector<double> values(4 * 300);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7 == 0);
  plan.run.options.inputs = {values.data(), 4, 300, 300, 1};
  plan.run.options.freeze = {Rule::sp};
  const EnsembleOutcome outcome = run_ensemble(plan);
  expect_single_runs(plan, outcome);
  EXPECT_NE(outcome.networks[0].state().x, outcome.networks[1].state().x);
  EXPECT_EQ(*plan.start, network.state());
}

class EnsembleFilesThread : public testing::Test {
protected:
  EnsemblePlan plan(std::uint64_t replicas, std::size_t threads, std::uint64_t checkpoint_every = 0) const {
    EnsemblePlan plan = small_plan(replicas, threads);
    plan.keep = Keep::files;
    plan.out = folder.path() / "run.h5";
    plan.run.checkpoint_every = checkpoint_every;
    return plan;
  }

  static void expect_single_files(const EnsemblePlan& plan) {
    for (std::uint64_t k = 0; k < plan.replicas; ++k) {
      const Result result = load_result(replica_file(plan.out, k, plan.replicas));
      const auto [state, recordings] = single_run(plan, replica_seed(plan.seed, k));
      EXPECT_EQ(result.state, state) << k;
      EXPECT_EQ(result.recordings, recordings) << k;
      EXPECT_EQ(result.run.steps, plan.run.steps);
    }
  }

  test::TemporaryFolder folder;
};

TEST_F(EnsembleFilesThread, EqualTheFilesOfSingleRuns) {
  for (const std::uint64_t checkpoint_every : {0U, 70U}) {
    for (const std::size_t threads : {1U, 2U, 5U}) {
      EnsemblePlan plan = this->plan(4, threads, checkpoint_every);
      if (fs::exists(folder.path() / "run-3.h5")) {
        EXPECT_THAT(test::message_of<IoError>([&] { run_ensemble(plan); }), HasSubstr("run-0.h5' exists already"));
      }
      plan.run.overwrite = true;
      const EnsembleOutcome outcome = run_ensemble(plan);
      EXPECT_EQ(outcome.statistics.size(), 4U);
      EXPECT_EQ(outcome.complete, 4U);
      EXPECT_THAT(outcome.networks, IsEmpty());
      expect_single_files(plan);
      EXPECT_THAT(folder.names(), ElementsAre("run-0.h5", "run-1.h5", "run-2.h5", "run-3.h5"));
    }
  }
}

TEST_F(EnsembleFilesThread, CanBeResumedAfterAStop) {
  EnsemblePlan plan = this->plan(5, 2, 1000);
  plan.run.steps = 60'000;
  plan.run.record = {{Quantity::ee_count, 1000}};
  const auto stop_underway = [](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, 300'000U);
    return done > 0 ? Observer::Outcome::stop : Observer::Outcome::go_on;
  };
  const EnsembleOutcome stopped = run_ensemble(plan, stop_underway);
  ASSERT_LT(stopped.complete, 5U);
  EXPECT_LT(stopped.statistics.size(), 5U);
  std::uint64_t done = 0;
  for (const ReplicaStatistics& row : stopped.statistics) {
    EXPECT_EQ(load_result(replica_file(plan.out, row.replica, 5)).run.steps, row.steps);
    done += row.steps;
  }

  EnsembleContinuation continuation;
  continuation.replicas = 3;
  continuation.threads = 3;
  continuation.out = plan.out;
  EXPECT_THAT(test::message_of<ParameterError>([&] { resume_ensemble(continuation); }),
              AllOf(HasSubstr("3 replicas"), HasSubstr("run-"), HasSubstr("more than 3 replicas")));
  continuation.replicas = 5;
  std::uint64_t total = 0;
  const EnsembleOutcome resumed = resume_ensemble(continuation, [&](std::uint64_t, std::uint64_t all) {
    total = all;
    return Observer::Outcome::go_on;
  });
  EXPECT_EQ(total + done, 300'000U);
  EXPECT_EQ(resumed.complete, 5U);
  EXPECT_EQ(resumed.statistics.size(), 5U - stopped.complete);
  expect_single_files(plan);
  EXPECT_THAT(folder.names(), ElementsAre("run-0.h5", "run-1.h5", "run-2.h5", "run-3.h5", "run-4.h5"));
  EXPECT_THAT(test::message_of<IoError>([&] { resume_ensemble(continuation); }),
              AllOf(HasSubstr("no checkpoint"), HasSubstr("run-0.h5")));
}

TEST_F(EnsembleFilesThread, AreNotWrittenIfTheEnsembleIsStoppedAtOnce) {
  const auto stop = [](std::uint64_t, std::uint64_t) { return Observer::Outcome::stop; };
  for (const std::uint64_t checkpoint_every : {0U, 100U}) {
    const EnsembleOutcome outcome = run_ensemble(plan(5, 2, checkpoint_every), stop);
    EXPECT_THAT(outcome.statistics, IsEmpty());
    EXPECT_THAT(folder.names(), IsEmpty());
  }
}

TEST_F(EnsembleFilesThread, AreCheckedBeforeAnythingIsWritten) {
  fs::create_directory(folder.path() / "run-2.h5");
  EXPECT_THAT(test::message_of<IoError>([&] { run_ensemble(plan(4, 2)); }), HasSubstr("run-2.h5"));
  EXPECT_THAT(folder.names(), ElementsAre("run-2.h5"));
  fs::remove(folder.path() / "run-2.h5");
  FileRun broken_off(folder.path() / "run-1.h5", Network(ensemble_parameters(), 1), plan(4, 1, 100).run);
  for (const std::uint64_t checkpoint_every : {0U, 100U}) {
    EXPECT_THAT(test::message_of<IoError>([&] { run_ensemble(plan(4, 2, checkpoint_every)); }),
                AllOf(HasSubstr("run-1.h5"), HasSubstr("another process is writing it")));
  }
  broken_off.run({}, 10);
  EXPECT_THAT(test::message_of<IoError>([&] { run_ensemble(plan(4, 2)); }),
              AllOf(HasSubstr("run-1.h5"), HasSubstr("broken off"), HasSubstr("run-*.h5.checkpoint-*")));
  EnsembleContinuation continuation;
  continuation.replicas = 4;
  continuation.out = folder.path() / "run.h5";
  EXPECT_THAT(test::message_of<IoError>([&] { resume_ensemble(continuation); }),
              AllOf(HasSubstr("replica 0"), HasSubstr("run-0.h5"), HasSubstr("has left neither")))
      << "a replica has made steps, so the file of replica 0 must have been removed";
  EXPECT_THAT(test::message_of<ParameterError>([&] {
                EnsemblePlan bad = plan(4, 2);
                bad.out = folder.path();
                run_ensemble(bad);
              }),
              HasSubstr("4 replicas"));
}

/// The files of a process that was killed while it wrote the first checkpoints, with and without older results.
TEST_F(EnsembleFilesThread, LeftBeforeTheFirstStepAreReplaced) {
  for (const bool older_results : {false, true}) {
    for (const std::uint64_t checkpoint_every : {0U, 100U}) {
      const test::TemporaryFolder place;
      EnsemblePlan plan = this->plan(4, 2, 100);
      plan.out = place / "run.h5";
      plan.run.overwrite = older_results;
      if (older_results) {
        EnsemblePlan older = plan;
        older.seed = 1;
        run_ensemble(older);
      }
      std::ofstream(place / "run-0.h5.partial") << "sorn: unfinished; claimed";
      for (const std::uint64_t k : {1U, 3U}) {
        static_cast<void>(FileRun(replica_file(plan.out, k, 4), Network(ensemble_parameters(), k), plan.run));
      }
      std::ofstream(place / "run-2.h5.partial") << "sorn: unfinished; no HDF5 file";
      EnsembleContinuation continuation;
      continuation.replicas = 4;
      continuation.out = plan.out;
      EXPECT_THAT(test::message_of<IoError>([&] { resume_ensemble(continuation); }),
                  AllOf(HasSubstr("before it had begun"), HasSubstr("without --resume begins it")));
      if (!older_results) fs::remove(place / "run-0.h5.partial");  // killed at another moment of the beginning
      EXPECT_THAT(test::message_of<IoError>([&] { resume_ensemble(continuation); }), HasSubstr("before it had begun"));

      plan.run.checkpoint_every = checkpoint_every;
      EXPECT_EQ(run_ensemble(plan).complete, 4U);
      expect_single_files(plan);
      EXPECT_THAT(place.names(), ElementsAre("run-0.h5", "run-1.h5", "run-2.h5", "run-3.h5"));
    }
  }
}

TEST_F(EnsembleFilesThread, CheckpointOfReplicaZeroIsWrittenLast) {
  std::vector<std::vector<std::string>> seen;
  run_ensemble(plan(3, 2, 100), [&](std::uint64_t, std::uint64_t) {
    seen.push_back(folder.names());
    std::erase_if(seen.back(), [](const std::string& name) { return name.starts_with(".sorn-"); });
    return Observer::Outcome::go_on;
  });
  EXPECT_THAT(seen.front(), ElementsAre("run-0.h5.partial")) << "claimed";
  EXPECT_THAT(seen, testing::Contains(ElementsAre("run-1.h5.checkpoint-0", "run-1.h5.partial", "run-2.h5.checkpoint-0",
                                                  "run-2.h5.partial")));
}

/// A replica fails after the checks: there is a folder at the path of its file.
TEST_F(EnsembleFilesThread, OfOtherReplicasAreCompleteIfOneFails) {
  for (const std::uint64_t checkpoint_every : {0U, 100U}) {
    const test::TemporaryFolder place;
    EnsemblePlan plan = this->plan(3, 2, checkpoint_every);
    plan.out = place / "run.h5";
    const auto make_folder = [&](std::uint64_t, std::uint64_t) {
      fs::create_directory(place / "run-1.h5");
      return Observer::Outcome::go_on;
    };
    EXPECT_THAT(test::message_of<IoError>([&] { run_ensemble(plan, make_folder); }),
                AllOf(HasSubstr("replica 1: "), HasSubstr("run-1.h5")));
    if (checkpoint_every > 0) {
      EXPECT_THAT(place.names(), ElementsAre("run-1.h5")) << "with checkpoints all replicas begin, or none";
      continue;
    }
    EXPECT_EQ(load_result(place / "run-0.h5").state, single_run(plan, replica_seed(7, 0)).first);
    EXPECT_THAT(place.names(), testing::Each(testing::EndsWith(".h5")));
  }
}

TEST(EnsembleThread, StopsWhenItsWatchThrows) {
  EnsemblePlan plan = small_plan(4, 2);
  plan.run.steps = 1'000'000'000;
  plan.run.record.clear();
  struct Interrupt {};
  const auto interrupt = [](std::uint64_t done, std::uint64_t) {
    if (done > 0) throw Interrupt();
    return Observer::Outcome::go_on;
  };
  EXPECT_THROW(run_ensemble(plan, interrupt), Interrupt);
}

TEST(EnsembleThread, ReportsItsSteps) {
  const EnsemblePlan plan = small_plan(3, 2);
  std::vector<std::uint64_t> done;
  run_ensemble(plan, [&](std::uint64_t steps, std::uint64_t total) {
    EXPECT_EQ(total, 900U);
    done.push_back(steps);
    return Observer::Outcome::go_on;
  });
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.front(), 0U);
  EXPECT_EQ(done.back(), 900U);

  EnsemblePlan endless = small_plan(most_replicas, 2);
  endless.keep = Keep::statistics;
  endless.run.record.clear();
  endless.run.steps = std::uint64_t{1} << 60U;
  run_ensemble(endless, [](std::uint64_t, std::uint64_t total) {
    EXPECT_EQ(total, std::numeric_limits<std::uint64_t>::max()) << "2^80 overflows";
    return Observer::Outcome::stop;
  });
}

TEST(Ensemble, KeepsOnlyStatistics) {
  EnsemblePlan plan = small_plan(5, 2);
  const EnsembleOutcome whole = run_ensemble(plan);
  plan.keep = Keep::statistics;
  EXPECT_THAT(test::message_of<ParameterError>([&] { run_ensemble(plan); }), HasSubstr("recording E"));
  plan.run.record.clear();
  const EnsembleOutcome outcome = run_ensemble(plan);
  EXPECT_EQ(numbers(outcome.statistics), numbers(whole.statistics));
  EXPECT_THAT(outcome.networks, IsEmpty());
}

TEST(Ensemble, MeasuresEqualTheStatisticsOfTheSpikeTrain) {
  EnsemblePlan plan = small_plan(3, 1);
  plan.run.steps = 1500;
  plan.run.record = {{Quantity::excitatory}, {Quantity::inhibitory}};
  const EnsembleOutcome outcome = run_ensemble(plan);
  for (std::size_t k = 0; k < 3; ++k) {
    const ReplicaStatistics& row = outcome.statistics[k];
    const SpikeTrain train = SpikeTrain::from_recording(outcome.recordings[k][0]);
    const SpikeTrain inhibitory = SpikeTrain::from_recording(outcome.recordings[k][1]);
    const statistics::Summary summary = statistics::summary(train);
    EXPECT_EQ(row["mean_rate"], summary["mean_rate"]);
    EXPECT_EQ(row["inhibitory_rate"], statistics::summary(inhibitory)["mean_rate"]);
    EXPECT_EQ(row["synchrony"], summary["synchrony"]);
    EXPECT_EQ(row["branching_ratio"], summary["branching_ratio"]);
    const auto activity = statistics::network_activity(train);
    const double mean = std::accumulate(activity.begin(), activity.end(), 0.0) / 1500;
    double squares = 0.0;
    for (const auto a : activity) squares += (static_cast<double>(a) - mean) * (static_cast<double>(a) - mean);
    EXPECT_NEAR(row["activity_sd"], std::sqrt(squares / 1500), 1e-12);
    const SynapseMatrix& wee = *outcome.networks[k].state().wee;
    EXPECT_EQ(row["ee_synapses"], wee.synapse_count());
    EXPECT_EQ(row["ei_synapses"], outcome.networks[k].state().wei->synapse_count());
    EXPECT_EQ(row["connection_fraction"], statistics::connection_fraction(wee.synapse_count(), 40, 40));
  }
}

TEST(Ensemble, PoolsOnlyDefinedValues) {
  std::vector<ReplicaStatistics> rows(4);
  for (std::size_t k = 0; k < 3; ++k) rows[k]["mean_rate"] = static_cast<double>(k);
  const Measure& rate = measure_named("mean_rate");
  const Pooled all = pooled(rows, rate);
  EXPECT_EQ(all.replicas, 3U);
  EXPECT_EQ(all.mean, 1.0);
  EXPECT_DOUBLE_EQ(all.deviation, std::sqrt(2.0 / 3.0));
  EXPECT_EQ(all.lowest, 0.0);
  EXPECT_EQ(all.highest, 2.0);
  const Pooled one = pooled(std::span(rows).last(2), rate);
  EXPECT_EQ(one.replicas, 1U);
  EXPECT_EQ(one.mean, 2.0);
  EXPECT_TRUE(std::isnan(one.deviation)) << "a single replica has no deviation";
  const Pooled none = pooled(std::span(rows).last(1), rate);
  EXPECT_EQ(none.replicas, 0U);
  EXPECT_TRUE(std::isnan(none.mean));
}

TEST(Ensemble, RefusesInvalidPlans) {
  const auto message = [](auto change) {
    EnsemblePlan plan = small_plan(3, 1);
    change(plan);
    return test::message_of<ParameterError>([&] { run_ensemble(plan); });
  };
  EXPECT_THAT(message([](auto& plan) { plan.replicas = 0; }), HasSubstr("0 replicas: must be 1 to 1000000"));
  EXPECT_THAT(message([](auto& plan) { plan.replicas = most_replicas + 1; }), HasSubstr("1000001 replicas"));
  EXPECT_THAT(message([](auto& plan) { plan.threads = 5000; }), HasSubstr("threads = 5000"));
  EXPECT_THAT(message([](auto& plan) { plan.run.steps = 0; }), HasSubstr("0 steps"));
  EXPECT_THAT(message([](auto& plan) { plan.run.checkpoint_every = 5; }), HasSubstr("checkpoint_every = 5"));
  EXPECT_THAT(message([](auto& plan) { plan.parameters.eta_ip = NAN; }),
              AllOf(HasSubstr("eta_ip"), testing::Not(HasSubstr("replica"))));
  EXPECT_THAT(message([](auto& plan) { plan.run.record = {{Quantity::te}, {Quantity::te}}; }), HasSubstr("TE"));
  EXPECT_THAT(message([](auto& plan) {
                plan.replicas = most_replicas;
                plan.run.steps = 1'000'000'000;
              }),
              AllOf(HasSubstr("1000000 replicas would need"), HasSubstr("GB"), HasSubstr("write result files")));
}

TEST(Ensemble, FileNamesSortByReplica) {
  EXPECT_EQ(replica_file("run.h5", 0, 1), "run-0.h5");
  EXPECT_EQ(replica_file("run.h5", 3, 10), "run-3.h5");
  EXPECT_EQ(replica_file("a/b.c/run.x.h5", 3, 11), "a/b.c/run.x-03.h5");
  EXPECT_EQ(replica_file("/tmp/run", 999'999, 1'000'000), "/tmp/run-999999");
}

TEST(Seed, OfAReplicaHasTheCommittedValue) {
  EXPECT_EQ(replica_seed(0, 0), 62475677598677712U);
  EXPECT_EQ(replica_seed(2026, 0), 3921781866718477039U);
  EXPECT_EQ(replica_seed(2026, 1), 7824401602110598228U);
  EXPECT_EQ(replica_seed(~std::uint64_t{0}, 999'999), 5698776555383295396U);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (std::uint64_t k = 0; k < 1000; ++k) seeds.insert(replica_seed(seed, k));
  }
  EXPECT_EQ(seeds.size(), 10'000U);
}

}  // namespace
}  // namespace sorn
