#include <sorn/ensemble.hpp>

#include "analysis/sums.hpp"
#include "core/own_rule.hpp"
#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "io/files/atomic_file.hpp"
#include "io/provenance.hpp"
#include "runs/batch.hpp"
#include "runs/disk_room.hpp"
#include "runs/drive.hpp"
#include "runs/ensemble_files.hpp"
#include "support/format.hpp"
#include "support/labelled.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace sorn {

namespace fs = std::filesystem;

namespace {

void require_counts(std::uint64_t replicas, std::size_t threads) {
  if (replicas == 0 || replicas > most_replicas) {
    throw ParameterError(formatted("{} replicas", replicas), formatted("must be 1 to {}", most_replicas));
  }
  static_cast<void>(runs::thread_count(threads));
}

Network network_of(const EnsemblePlan& plan, std::uint64_t replica) {
  Network network = runs::network_of(plan.parameters, plan.start, replica_seed(plan.seed, replica));
  network.set_rules(plan.rules);
  return network;
}

/// The plan of each replica. Many run at the same time, so each has one thread, and the hash of the inputs is computed
/// once.
RunPlan run_of(const EnsemblePlan& plan) {
  RunPlan run = plan.run;
  run.options.threads = 1;
  if (plan.keep != Keep::files) return run;
  if (!run.provenance) run.provenance = io::current_provenance();
  if (run.options.inputs.data != nullptr && run.inputs_sha256.empty()) run.inputs_sha256 = sha256(run.options.inputs);
  return run;
}

/// The number of bytes that the recordings of a run take.
double recorded_bytes(const State& state, const RunPlan& run) {
  double bytes = 0.0;
  for (const RecordRequest& request : run.record) {
    if (info(request.quantity).is_events()) continue;  // their number is not known
    const double rows = static_cast<double>(rows_between(request, state.step, state.step + run.steps));
    const double values = static_cast<double>(
        row_size(row_shape(request.quantity, sizes_of(state, run.options.signals.size(), measure_names()))));
    bytes += rows * values * (info(request.quantity).is_spikes() ? 1.0 : 8.0);
  }
  return bytes;
}

void require_memory(const EnsemblePlan& plan, const State& state) {
  const bool in_memory = plan.keep == Keep::networks;
  const auto at_a_time = std::min<std::uint64_t>(runs::thread_count(plan.threads), plan.replicas);
  const std::uint64_t networks = in_memory ? plan.replicas : at_a_time;
  const double bytes = runs::bytes_of(state) + (in_memory ? recorded_bytes(state, plan.run) : 0.0);
  runs::require_memory(formatted("{} {}", networks, in_memory ? "replicas" : "networks at a time"),
                       static_cast<double>(networks) * bytes,
                       in_memory ? "write result files, or keep less" : "give fewer threads");
}

/// Replicas run at the same time, and a function cannot be called for all of them at once.
void require_arrays(std::span<const Signal> signals) {
  for (const Signal& signal : signals) {
    if (std::holds_alternative<Signal::Values>(signal.values)) continue;
    throw ParameterError(formatted("signal '{}' of an ensemble", signal.name),
                         "is a function, which cannot be called for replicas that run at the same time",
                         "give the array of its values");
  }
}

/// Checks a plan before anything is computed, the cheapest checks first. Returns the result files for which an ensemble
/// that never began has left other files.
/// @param claim  receives the claim on the files if the plan writes files
std::vector<fs::path> check(const EnsemblePlan& plan, std::optional<io::Claim>& claim) {
  require_counts(plan.replicas, plan.threads);
  const RunPlan& run = plan.run;
  if (run.steps == 0) throw ParameterError("a run of 0 steps", "must have a step or more");
  require_distinct(run.record);
  Sizes sizes = sizes_of(plan.parameters, run.options.signals.size());
  sizes.measures = measure_names();
  require_there(run.record, sizes);
  if (run.checkpoint_every > 0 && plan.keep != Keep::files) {
    throw ParameterError(formatted("checkpoint_every = {}", run.checkpoint_every),
                         "needs result files, which checkpoints belong to");
  }
  runs::require_checkpoints_to_keep(run);
  if (run.keep_checkpoints > 0 && plan.keep != Keep::files) {
    throw ParameterError("keep_checkpoints", "needs result files, which hold what is kept");
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
  validate_rules_of_run(first.parameters(), state, first.rules(), run.options);
  if (run.options.own_source != nullptr) {
    throw ParameterError("a source of your own in an ensemble",
                         "cannot show the same to replicas that run at the same "
                         "time",
                         "give a source that this library makes, or the array of its drives");
  }
  require_arrays(run.options.signals);
  check_source(first.parameters(), state.seed, state.step, run.steps, run.options);
  require_memory(plan, state);
  if (plan.keep == Keep::files) runs::require_room(replica_file(plan.out, 0, plan.replicas), state, run, plan.replicas);
  return leftovers;
}

/// The measures that can be counted during a run.
runs::Measuring counted() {
  runs::Measuring measuring{.of_part = true};
  for (const Measure& measure : measures_without_train()) measuring.statistics.emplace_back(measure.name);
  return measuring;
}

runs::Batch::Look look_of(const EnsembleWatch& watch, std::uint64_t total_steps) {
  return [&watch, total_steps](std::uint64_t steps_done) {
    return watch ? watch(steps_done, total_steps) : Observer::Outcome::go_on;
  };
}

/// Runs replicas and collects their results.
/// @param run  runs one replica
EnsembleOutcome run_all(runs::Batch& batch, std::span<const std::uint64_t> replicas,
                        const std::function<runs::RunEnd(std::uint64_t, Observer&)>& run) {
  std::map<std::uint64_t, runs::RunEnd> ends;
  batch.run(replicas, [&](std::uint64_t k, Observer& job) -> runs::Batch::Finish {
    runs::RunEnd end = labelled(formatted("replica {}", k), [&] { return run(k, job); });
    return [&ends, k, end = std::move(end)]() mutable { ends.emplace(k, std::move(end)); };
  });
  batch.look();
  EnsembleOutcome outcome;
  for (auto& [k, end] : ends) {
    outcome.statistics.push_back({.replica = k, .seed = end.seed, .steps = end.steps, .values = std::move(end.values)});
    if (end.complete) ++outcome.complete;
    if (!end.network) continue;
    outcome.networks.push_back(*std::move(end.network));
    outcome.recordings.push_back(std::move(end.recordings));
  }
  return outcome;
}

/// Writes the first checkpoint of every replica. On an error it removes all of them. The checkpoint of replica 0 is
/// written last: if it exists, or the result of replica 0, all replicas have begun. Until then this function claims the
/// file of replica 0, so that no other process regards these checkpoints as leftovers, or an older result as one of
/// this ensemble.
void write_first_checkpoints(const EnsemblePlan& plan, const RunPlan& run, runs::Batch& batch) {
  std::vector<std::uint8_t> begun(plan.replicas);  // not vector<bool>: threads write adjacent elements
  const auto remove_all = [&] {
    for (std::uint64_t k = 0; k < plan.replicas; ++k) {
      if (begun[k] != 0) runs::remove_unbegun(replica_file(plan.out, k, plan.replicas));
    }
  };
  const auto write = [&](std::uint64_t k, Observer& /*job*/) -> runs::Batch::Finish {
    labelled(formatted("replica {}", k), [&] {
      const FileRun begun_run(replica_file(plan.out, k, plan.replicas), network_of(plan, k), run);
      begun[k] = 1;
    });
    return {};
  };
  try {
    if (plan.replicas > 1) {
      std::optional<io::AtomicFile> claim;
      labelled("replica 0", [&] {
        claim.emplace(replica_file(plan.out, 0, plan.replicas), io::AtomicFile::Start::anew,
                      existing(plan.run.overwrite));
      });
      batch.run(runs::numbers(1, plan.replicas), write);
    }
    if (!batch.stopped()) batch.run(runs::numbers(0, 1), write);
  } catch (...) {
    remove_all();
    throw;
  }
  if (batch.stopped()) remove_all();
}

/// What a replica needs, besides its checkpoint, to be resumed.
Continuation continuation_of(const EnsemblePlan& plan, const RunPlan& run) {
  return {.inputs = run.options.inputs,
          .noise = run.options.noise.replay,
          .inputs_sha256 = run.inputs_sha256,
          .signals = run.options.signals,
          .rules = plan.rules};
}

/// Resumes a replica on one thread.
FileRun resumed(const fs::path& file, Continuation continuation) {
  continuation.threads = 1;
  return FileRun::resumed(file, continuation);
}

/// The index of a measure in the values of a row.
std::size_t column_of(const Measure& measure) {
  const auto column = static_cast<std::size_t>(&measure - measures_without_train().data());
  if (column < measures_without_train().size()) return column;
  throw UnknownNameError(formatted("statistic '{}'", measure.name), "needs a spike train, which ensembles do not keep",
                         "record E, and measure the recording");
}

/// The steps of all replicas; the largest number on overflow.
std::uint64_t all_steps(std::uint64_t replicas, std::uint64_t steps) noexcept {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  return steps > most / replicas ? most : replicas * steps;
}

}  // namespace

fs::path replica_file(const fs::path& out, std::uint64_t replica, std::uint64_t replicas) {
  const std::size_t digits = formatted("{}", replicas - std::min<std::uint64_t>(1, replicas)).size();
  fs::path name = out.stem();
  name += formatted("-{:0{}}", replica, digits);
  name += out.extension();
  return out.parent_path() / name;
}

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
  runs::Batch batch(plan.threads, look_of(watch, all_steps(plan.replicas, plan.run.steps)),
                    plan.keep == Keep::files ? runs::Batch::OnError::finish : runs::Batch::OnError::stop);
  const RunPlan run = run_of(plan);
  const runs::Measuring measuring = counted();
  const bool checkpoints = run.checkpoint_every > 0;
  if (checkpoints) write_first_checkpoints(plan, run, batch);
  return run_all(batch, runs::numbers(0, plan.replicas), [&](std::uint64_t k, Observer& job) {
    if (plan.keep == Keep::files) {
      const fs::path file = replica_file(plan.out, k, plan.replicas);
      return make_run(checkpoints ? resumed(file, continuation_of(plan, run)) : FileRun(file, network_of(plan, k), run),
                      measuring, &job);
    }
    runs::RunEnd end = make_run(network_of(plan, k), run, measuring, &job);
    if (plan.keep == Keep::statistics) end.network.reset();
    return end;
  });
}

EnsembleOutcome resume_ensemble(const EnsembleContinuation& continuation, const EnsembleWatch& watch) {
  require_counts(continuation.replicas, continuation.threads);
  std::optional<io::Claim> claim;
  runs::claim_files(continuation.out, claim);
  const runs::Rest rest = runs::rest_of(continuation);
  Continuation run = continuation.run;
  if (run.inputs.data != nullptr && run.inputs_sha256.empty()) run.inputs_sha256 = sha256(run.inputs);
  const runs::Measuring measuring = counted();
  runs::Batch batch(continuation.threads, look_of(watch, rest.steps), runs::Batch::OnError::finish);
  EnsembleOutcome outcome = run_all(batch, rest.replicas, [&](std::uint64_t k, Observer& job) {
    return make_run(resumed(replica_file(continuation.out, k, continuation.replicas), run), measuring, &job);
  });
  outcome.complete += continuation.replicas - rest.replicas.size();
  return outcome;
}

}  // namespace sorn
