#include <sorn/ensemble.hpp>

#include "analysis/run_record.hpp"
#include "analysis/sums.hpp"
#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "io/files/atomic_file.hpp"
#include "io/provenance.hpp"
#include "runs/crew.hpp"
#include "runs/disk_room.hpp"
#include "runs/ensemble_files.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"
#include "support/memory.hpp"
#include "team/processors.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

namespace sorn {

namespace fs = std::filesystem;

namespace {

/// Runs `work`, and lets its errors begin with the replica that they are of.
template <class Work>
void naming_replica(std::uint64_t replica, Work&& work) {
  labelled(formatted("replica {}", replica), work);
}

void require_counts(std::uint64_t replicas, std::size_t threads) {
  if (replicas == 0 || replicas > most_replicas) {
    throw ParameterError(formatted("{} replicas", replicas), formatted("must be 1 to {}", most_replicas));
  }
  if (threads > most_threads) {
    throw ParameterError(formatted("threads = {}", threads), formatted("must be at most {}", most_threads),
                         "more than there are processors gain nothing");
  }
}

Network network_of(const EnsemblePlan& plan, std::uint64_t replica) {
  const std::uint64_t seed = replica_seed(plan.seed, replica);
  if (!plan.start) return {plan.parameters, seed};
  Network network(plan.parameters, *plan.start);
  network.reseed(seed);
  return network;
}

/// Replicas run at the same time, so that each has one thread.
RunPlan run_of(const EnsemblePlan& plan) {
  RunPlan run = plan.run;
  run.options.threads = 1;
  return run;
}

/// The same for files: the inputs are looked at once for all of them.
RunPlan file_run_of(const EnsemblePlan& plan) {
  RunPlan run = run_of(plan);
  if (!run.provenance) run.provenance = io::current_provenance();
  if (run.options.inputs.data != nullptr && run.inputs_sha256.empty()) run.inputs_sha256 = sha256(run.options.inputs);
  return run;
}

double bytes_of(const State& state) {
  const std::size_t synapses = state.wee->synapse_count() + state.wei->synapse_count() + state.wie->synapse_count();
  return network_bytes(static_cast<double>(synapses), static_cast<double>(state.ne() + state.ni()));
}

/// Bytes of what a run records.
double recorded_bytes(const State& state, const RunPlan& run) {
  double bytes = 0.0;
  for (const RecordRequest& request : run.record) {
    const double rows = static_cast<double>(rows_between(request, state.step, state.step + run.steps));
    const double values = static_cast<double>(row_size(row_shape(request.quantity, state.ne(), state.ni())));
    bytes += rows * values * (info(request.quantity).is_spikes() ? 1.0 : 8.0);
  }
  return bytes;
}

void require_memory(const EnsemblePlan& plan, const State& state) {
  const bool in_memory = plan.keep == Keep::networks;
  const std::size_t threads = plan.threads == 0 ? team::available_processors() : plan.threads;
  const auto at_a_time = static_cast<double>(std::min<std::uint64_t>(threads, plan.replicas));
  const double networks = in_memory ? static_cast<double>(plan.replicas) : at_a_time;
  const double needed = networks * (bytes_of(state) + (in_memory ? recorded_bytes(state, plan.run) : 0.0));
  const double available = physical_memory_bytes();
  if (needed <= available) return;
  throw ParameterError(in_memory ? formatted("{} replicas would need {:.3g} GB", plan.replicas, needed / 1e9)
                                 : formatted("{:.0f} networks at a time would need {:.3g} GB", at_a_time, needed / 1e9),
                       formatted("this machine has {:.3g} GB", available / 1e9),
                       in_memory ? "write result files, or keep less" : "give fewer threads");
}

/// All that can be wrong with a plan, before it costs anything, the cheapest checks first. Returns the files of which
/// an ensemble that never began has left something.
/// @param claim  becomes that on the files, if there are to be some
std::vector<fs::path> check(const EnsemblePlan& plan, std::optional<io::Claim>& claim) {
  require_counts(plan.replicas, plan.threads);
  const RunPlan& run = plan.run;
  if (run.steps == 0) throw ParameterError("a run of 0 steps", "must have a step or more");
  require_distinct(run.record);
  if (run.checkpoint_every > 0 && plan.keep != Keep::files) {
    throw ParameterError(formatted("checkpoint_every = {}", run.checkpoint_every),
                         "needs result files, which checkpoints belong to");
  }
  if (!run.record.empty() && plan.keep == Keep::statistics) {
    throw ParameterError(formatted("recording {}", text(run.record.front())), "must have a place to go to",
                         "write result files, or record nothing");
  }
  check_target_rate(plan.parameters, run.options);
  std::vector<fs::path> leftovers;
  if (plan.keep == Keep::files) {
    runs::claim_files(plan.out, claim);
    leftovers = runs::require_writable_files(plan.out, plan.replicas, existing(plan.run.overwrite));
  }
  const Network first = network_of(plan, 0);
  const State& state = first.state();
  for (const RecordRequest& request : run.record) validate(request, state.step, state.step + run.steps);
  validate(first.parameters(), state.step, run.steps, run.options);
  require_memory(plan, state);
  if (plan.keep == Keep::files) runs::require_room(replica_file(plan.out, 0, plan.replicas), state, run, plan.replicas);
  return leftovers;
}

/// What replicas leave, gathered from many threads.
class Harvest {
public:
  void add(ReplicaStatistics row, std::optional<Network> network = {}, std::vector<Recording> recordings = {}) {
    const std::lock_guard lock(mutex_);
    replicas_.push_back({std::move(row), std::move(network), std::move(recordings)});
  }

  EnsembleOutcome outcome(std::uint64_t complete) {
    std::sort(replicas_.begin(), replicas_.end(),
              [](const Replica& a, const Replica& b) { return a.row.replica < b.row.replica; });
    EnsembleOutcome outcome;
    outcome.complete = complete;
    outcome.statistics.reserve(replicas_.size());
    for (Replica& replica : replicas_) {
      outcome.statistics.push_back(replica.row);
      if (!replica.network) continue;
      outcome.networks.push_back(*std::move(replica.network));
      outcome.recordings.push_back(std::move(replica.recordings));
    }
    return outcome;
  }

private:
  struct Replica {
    ReplicaStatistics row;
    std::optional<Network> network;
    std::vector<Recording> recordings;
  };
  std::mutex mutex_;
  std::vector<Replica> replicas_;
};

ReplicaStatistics row_of(std::uint64_t replica, const State& state, const analysis::RunCounter& counter) {
  analysis::RunRecord record(counter.observed(state));
  return {.replica = replica,
          .seed = state.seed,
          .steps = counter.excitatory().activity().steps(),
          .values = analysis::values(measures_without_train(), record)};
}

/// Counts replicas that came to their end, from any thread.
using Count = std::atomic<std::uint64_t>;

void run_in_memory(const EnsemblePlan& plan, std::uint64_t replica, runs::Crew& crew, Harvest& harvest,
                   Count& complete) {
  Network network = network_of(plan, replica);
  const RunPlan run = run_of(plan);
  Recorder recorder(network, run.record, run.steps);
  analysis::RunCounter counter(network.state().ne(), network.state().ni());
  {
    runs::Crew::Member member(crew);
    const std::array<Observer*, 3> observers{&recorder, &counter, &member};
    if (network.run(run.steps, run.options, observers) == run.steps) ++complete;
  }
  const ReplicaStatistics row = row_of(replica, network.state(), counter);
  if (plan.keep == Keep::networks) {
    harvest.add(row, std::move(network), recorder.take());
  } else {
    harvest.add(row);
  }
}

void run_into_file(FileRun run, std::uint64_t replica, runs::Crew& crew, Harvest& harvest, Count& complete) {
  const State& state = run.network().state();
  analysis::RunCounter counter(state.ne(), state.ni());
  {
    runs::Crew::Member member(crew);
    const std::array<Observer*, 2> observers{&counter, &member};
    run.run(observers);
  }
  if (run.steps_done() == run.plan().steps) ++complete;
  harvest.add(row_of(replica, state, counter));
}

/// Writes the first checkpoint of every replica, or leaves nothing. That of replica 0 comes last: where it is, or the
/// result that it ends in, all have begun. Until then replica 0's file is claimed, so that no other process takes what
/// is there for leftovers, and that a result which lies there from before is not taken for one of this ensemble.
void write_first_checkpoints(const EnsemblePlan& plan, const RunPlan& run, runs::Crew& crew) {
  std::vector<std::uint8_t> begun(plan.replicas);  // not bool: threads write neighbours
  const auto remove_all = [&] {
    for (std::uint64_t k = 0; k < plan.replicas; ++k) {
      if (begun[k] != 0) runs::remove_unbegun(replica_file(plan.out, k, plan.replicas));
    }
  };
  const auto write = [&](std::uint64_t k) {
    naming_replica(k, [&] {
      const FileRun begun_run(replica_file(plan.out, k, plan.replicas), network_of(plan, k), run);
      begun[k] = 1;
    });
  };
  try {
    if (plan.replicas > 1) {
      std::optional<io::AtomicFile> claim;
      naming_replica(0, [&] {
        claim.emplace(replica_file(plan.out, 0, plan.replicas), io::AtomicFile::Start::anew,
                      existing(plan.run.overwrite));
      });
      crew.run(plan.replicas - 1, [&](std::uint64_t k) { write(k + 1); });
    }
    if (!crew.stopped()) crew.run(1, write);
  } catch (...) {
    remove_all();
    throw;
  }
  if (crew.stopped()) remove_all();
}

/// What a replica needs to go on, besides its checkpoint.
Continuation continuation_of(const RunPlan& run) {
  return {.inputs = run.options.inputs, .noise = run.options.noise.replay, .inputs_sha256 = run.inputs_sha256};
}

/// A replica that goes on, on one thread as all others.
FileRun resumed(const fs::path& file, Continuation continuation) {
  continuation.threads = 1;
  return FileRun::resumed(file, continuation);
}

/// The place of a measure among the values of a row.
std::size_t column_of(const Measure& measure) {
  const auto column = static_cast<std::size_t>(&measure - measures_without_train().data());
  if (column < measures_without_train().size()) return column;
  throw UnknownNameError(formatted("statistic '{}'", measure.name), "needs a spike train, which ensembles do not keep",
                         "record E, and measure the recording");
}

/// Steps of all replicas; no wrong number where they are more than anybody waits for.
std::uint64_t all_steps(std::uint64_t replicas, std::uint64_t steps) noexcept {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return steps > most / replicas ? most : replicas * steps;
}

}  // namespace

double& ReplicaStatistics::operator[](std::string_view name) { return values[column_of(measure_named(name))]; }

double ReplicaStatistics::operator[](std::string_view name) const { return values[column_of(measure_named(name))]; }

Pooled pooled(std::span<const ReplicaStatistics> rows, const Measure& measure) {
  const std::size_t column = column_of(measure);
  std::vector<double> values;
  for (const ReplicaStatistics& row : rows) {
    const double value = row.values[column];
    if (!std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return {};
  const auto [mean, variance] = analysis::moments(std::span<const double>(values));
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  constexpr std::size_t spread = statistics::least("standard deviation of steps or replicas");
  const double deviation = values.size() < spread ? ReplicaStatistics::undefined : std::sqrt(variance);
  return {values.size(), mean, deviation, *lowest, *highest};
}

EnsembleOutcome run_ensemble(const EnsemblePlan& plan, const EnsembleWatch& watch) {
  std::optional<io::Claim> claim;
  const std::vector<fs::path> leftovers = check(plan, claim);
  for (const fs::path& file : leftovers) runs::remove_unbegun(file);
  runs::Crew crew(plan.threads, all_steps(plan.replicas, plan.run.steps), watch);
  Harvest harvest;
  Count complete{0};
  const bool checkpoints = plan.run.checkpoint_every > 0;
  const RunPlan file_run = plan.keep == Keep::files ? file_run_of(plan) : RunPlan{};
  if (checkpoints) write_first_checkpoints(plan, file_run, crew);
  crew.run(crew.stopped() ? 0 : plan.replicas, [&](std::uint64_t k) {
    naming_replica(k, [&] {
      if (plan.keep != Keep::files) {
        try {
          run_in_memory(plan, k, crew, harvest, complete);
        } catch (...) {
          crew.stop();  // nothing is left of the others either
          throw;
        }
        return;
      }
      const fs::path file = replica_file(plan.out, k, plan.replicas);
      run_into_file(
          checkpoints ? resumed(file, continuation_of(file_run)) : FileRun(file, network_of(plan, k), file_run), k,
          crew, harvest, complete);
    });
  });
  crew.report_end();
  return harvest.outcome(complete);
}

EnsembleOutcome resume_ensemble(const EnsembleContinuation& continuation, const EnsembleWatch& watch) {
  require_counts(continuation.replicas, continuation.threads);
  std::optional<io::Claim> claim;
  runs::claim_files(continuation.out, claim);
  const runs::Rest rest = runs::rest_of(continuation);
  runs::Crew crew(continuation.threads, rest.steps, watch);
  Harvest harvest;
  Count complete{continuation.replicas - rest.replicas.size()};
  Continuation run = continuation.run;
  if (run.inputs.data != nullptr && run.inputs_sha256.empty()) run.inputs_sha256 = sha256(run.inputs);
  crew.run(rest.replicas.size(), [&](std::uint64_t k) {
    const std::uint64_t replica = rest.replicas[k];
    naming_replica(replica, [&] {
      const fs::path file = replica_file(continuation.out, replica, continuation.replicas);
      run_into_file(resumed(file, run), replica, crew, harvest, complete);
    });
  });
  crew.report_end();
  return harvest.outcome(complete);
}

}  // namespace sorn
