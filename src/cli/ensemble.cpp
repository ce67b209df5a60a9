#include "cli/ensemble.hpp"

#include "cli/begin.hpp"
#include "cli/progress.hpp"
#include "config/text.hpp"
#include "config/variant_text.hpp"
#include "core/validate.hpp"
#include "io/files/atomic_file.hpp"
#include "io/table.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/ensemble.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::cli {

namespace {

constexpr std::uint64_t most_rows = 20;  // a longer table of replicas is not printed

/// An ensemble, new or to be resumed, and the data for its summary.
struct Job {
  std::uint64_t replicas = 1;
  std::size_t threads = 0;
  Arrays arrays{};                // must outlive the runs
  std::optional<Seed> seed{};     // not set if the ensemble is resumed
  std::filesystem::path out{};    // path of result files; empty: none
  std::filesystem::path table{};  // path of the table of statistics; empty: none
  std::shared_ptr<io::Claim> table_claim{};
  std::string variant{};  // in words; empty if the ensemble is resumed
  bool resumable = false;
  std::uint64_t done = 0;   // steps done, at the last call of the watch
  std::uint64_t total = 0;  // steps to do
};

/// Replicas from the first to the last, inclusive.
struct Range {
  std::uint64_t first;
  std::uint64_t last;
};

/// Ascending replicas as the smallest number of ranges.
std::vector<Range> ranges(std::span<const ReplicaStatistics> rows) {
  std::vector<Range> found;
  for (const ReplicaStatistics& row : rows) {
    if (found.empty() || found.back().last + 1 != row.replica) found.push_back({row.replica, row.replica});
    found.back().last = row.replica;
  }
  return found;
}

/// The replicas below `replicas` that are in no range.
std::vector<Range> others(std::span<const Range> ranges, std::uint64_t replicas) {
  std::vector<Range> found;
  std::uint64_t next = 0;
  for (const Range& range : ranges) {
    if (next < range.first) found.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next < replicas) found.push_back({next, replicas - 1});
  return found;
}

/// "run-00.h5 to run-11.h5, run-13.h5"
std::string file_names(const Job& job, std::span<const Range> ranges) {
  std::string text;
  for (const Range& range : ranges) {
    text += text.empty() ? "" : ", ";
    text += replica_file(job.out, range.first, job.replicas).string();
    if (range.first == range.last) continue;
    text += formatted(" to {}", replica_file(job.out, range.last, job.replicas).filename().string());
  }
  return text;
}

/// "replicas 0 to 11, 13"
std::string numbers(std::span<const Range> ranges) {
  std::string text;
  for (const Range& range : ranges) {
    text += text.empty() ? "" : ", ";
    text += range.first == range.last ? formatted("{}", range.first) : formatted("{} to {}", range.first, range.last);
  }
  const bool is_one = ranges.size() == 1 && ranges.front().first == ranges.front().last;
  return formatted("{} {}", is_one ? "replica" : "replicas", text);
}

/// Prints where the results are, and which replicas have none because the ensemble was stopped before they began. In a
/// resumed ensemble all replicas have begun.
void print_files(const Job& job, const EnsembleOutcome& outcome, std::ostream& out) {
  const bool all_complete = outcome.complete == job.replicas;
  const std::vector<Range> written =
      all_complete ? std::vector<Range>{{0, job.replicas - 1}} : ranges(outcome.statistics);
  if (!job.out.empty() && !written.empty()) line(out, "results in", file_names(job, written));
  if (!job.table.empty()) line(out, "table in", job.table.string());
  const std::vector<Range> unbegun = others(written, job.replicas);
  if (!job.seed || unbegun.empty()) return;
  line(out, "not begun",
       numbers(unbegun) + (job.out.empty() ? "" : "; existing files of these names are from an earlier run"));
}

/// Decides where results are written. The library checks that result files can be written before anything is computed.
void set_destination(const Settings& given, Job& job) {
  if (given.out) {
    const std::filesystem::path out = given.out->text;
    if (out == no_out) return;
    (is_table(out) ? job.table : job.out) = out;
    if (is_table(out)) job.table_claim = io::claimed(out);
    if (is_table(out)) io::require_writable(out, existing(given.force));
    return;
  }
  job.out = default_out;
}

/// Writes a row for each replica. Measures that are not defined are left empty.
void write_table(Job& job, Existing existing, std::span<const ReplicaStatistics> rows) {
  const auto column = [&](std::string_view name, auto value_of) {
    std::vector<decltype(value_of(rows[0]))> values;
    for (const ReplicaStatistics& row : rows) values.push_back(value_of(row));
    return io::Column{std::string(name), std::move(values)};
  };
  io::Table table{column("replica", [](const ReplicaStatistics& row) { return row.replica; }),
                  column("seed", [](const ReplicaStatistics& row) { return row.seed; }),
                  column("steps", [](const ReplicaStatistics& row) { return row.steps; })};
  for (const Measure& measure : measures_without_train()) {
    table.push_back(column(measure.name, [&](const ReplicaStatistics& row) { return row[measure.name]; }));
  }
  io::save_csv(job.table, table, existing, std::move(job.table_claim));
}

EnsembleOutcome begin(const Settings& given, Phase phase, bool quiet, const Environment& environment, Job& job,
                      const EnsembleWatch& watch) {
  EnsemblePlan plan;
  plan.replicas = job.replicas;
  plan.threads = job.threads;
  plan.rules = rules_of(given.rules, environment);
  plan.run = plan_of(given, phase);
  set_destination(given, job);
  plan.out = job.out;
  plan.keep = job.out.empty() ? Keep::statistics : Keep::files;
  add_arrays(given, job.arrays, plan.run);
  const Listening listening(environment);
  Origin origin = origin_of(given, job.arrays.inputs, plan.run.options.source);
  plan.parameters = origin.parameters;
  plan.start = std::move(origin.state);
  check_target_rate(plan.parameters, plan.run.options);
  plan.run.options.noise = noise_of(given, plan.parameters);
  job.seed = seed_of(given);
  job.variant = variant_in_words(plan.parameters);
  plan.seed = job.seed->value;
  job.resumable = plan.run.checkpoint_every > 0;
  if (!quiet) note_inputs(given, job.arrays.inputs, plan.run, origin, environment);
  return run_ensemble(plan, watch);
}

EnsembleOutcome resume(const Settings& given, Phase phase, const Environment& environment, Job& job,
                       const EnsembleWatch& watch) {
  EnsembleContinuation continuation;
  continuation.replicas = job.replicas;
  continuation.threads = job.threads;
  continuation.out = job.out = given.resume->text;
  continuation.run = continuation_of(given, phase, job.arrays, environment);
  job.resumable = true;
  const Listening listening(environment);
  return resume_ensemble(continuation, watch);
}

std::string measured(double value, MeasureKind kind) {
  if (std::isnan(value)) return "undefined";
  return kind == MeasureKind::count ? formatted("{:.1f}", value) : formatted("{:.4f}", value);
}

void print_rows(std::ostream& out, std::span<const ReplicaStatistics> rows) {
  out << formatted("  {:>7}  {:>20}  {:>13}  {:>7}  {:>9}  {:>9}\n", "replica", "seed", "steps", "E rate", "E->E",
                   "I->E");
  for (const ReplicaStatistics& row : rows) {
    const auto count = [&](std::string_view name) { return static_cast<std::uint64_t>(row[name]); };
    out << formatted("  {:>7}  {:>20}  {:>13}  {:>7}  {:>9}  {:>9}\n", row.replica, row.seed, grouped(row.steps),
                     measured(row["mean_rate"], MeasureKind::real), grouped(count("ee_synapses")),
                     grouped(count("ei_synapses")));
  }
}

/// @param over  "over replicas", or another description of them
void print_pooled(std::ostream& out, std::span<const ReplicaStatistics> rows, std::string_view over) {
  const std::size_t width = std::max(over.size(), std::size_t{20});
  out << formatted("  {:<{}}  {:>11}  {:>11}  {:>11}  {:>11}\n", over, width, "mean", "sd", "lowest", "highest");
  for (const Measure& measure : measures_without_train()) {
    const Pooled all = pooled(rows, measure);
    out << formatted("  {:<{}}  {:>11}  {:>11}  {:>11}  {:>11}\n", measure.name, width,
                     measured(all.mean, measure.kind), measured(all.deviation, measure.kind),
                     measured(all.lowest, measure.kind), measured(all.highest, measure.kind));
  }
}

void print_summary(const Job& job, const EnsembleOutcome& outcome, Phase phase, double seconds, std::ostream& out) {
  const std::span<const ReplicaStatistics> rows(outcome.statistics);
  out << formatted("{} {}, {} steps of {} in {}", grouped(rows.size()), rows.size() == 1 ? "replica" : "replicas",
                   grouped(job.done), name(phase), duration(seconds));
  if (job.done > 0 && seconds > 0) {
    out << formatted(", {} steps/s", grouped(static_cast<std::uint64_t>(static_cast<double>(job.done) / seconds)));
  }
  out << '\n';
  if (rows.size() < job.replicas) {
    line(out, "complete", formatted("{} of {} replicas", grouped(outcome.complete), grouped(job.replicas)));
  }
  if (!job.variant.empty()) line(out, "variant", job.variant);
  if (job.seed) line(out, "seed", seed_text(*job.seed));
  print_files(job, outcome, out);
  if (rows.empty()) return;
  out << '\n';
  if (rows.size() <= most_rows) {
    print_rows(out, rows);
    out << '\n';
  }
  // In a new ensemble that was stopped, all replicas that have begun may be complete.
  const bool all_complete = outcome.complete == (job.seed ? rows.size() : job.replicas);
  print_pooled(out, rows, all_complete ? "over replicas" : "over incomplete replicas");
}

std::string interruption(const Job& job, const EnsembleOutcome& outcome, int signal) {
  std::string text = formatted("sorn: {}: stopped after {} of {} steps; {} of {} replicas are complete",
                               signal == SIGTERM ? "terminated" : "interrupted", grouped(job.done), grouped(job.total),
                               grouped(outcome.complete), grouped(job.replicas));
  const bool begun = !outcome.statistics.empty();
  if (job.resumable && begun) {
    text += formatted("; --replicas {} --resume {} continues them", job.replicas, job.out.string());
  } else if (!job.out.empty() && begun) {
    text += "; the results so far are in their files";
  }
  return text + '\n';
}

}  // namespace

int run_replicas(const Settings& given, Phase phase, bool quiet, const Environment& environment) {
  Job job;
  job.replicas = read_replicas(*given.replicas);
  if (given.threads) job.threads = read_threads(*given.threads);
  const SignalStop stop(environment.signal);
  const auto begin_time = std::chrono::steady_clock::now();
  EnsembleOutcome outcome;
  {
    std::optional<ProgressLine> progress;
    const EnsembleWatch watch = [&](std::uint64_t done, std::uint64_t total) {
      job.done = done;
      job.total = total;
      if (!quiet) {
        if (!progress) progress.emplace(environment.err, total, environment.err_is_terminal);
        progress->update(done);
      }
      return stop.signal() == 0 ? Observer::Outcome::go_on : Observer::Outcome::stop;
    };
    outcome = given.resume ? resume(given, phase, environment, job, watch)
                           : begin(given, phase, quiet, environment, job, watch);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_time).count();
  const Listening listening(environment);
  if (!job.table.empty()) write_table(job, existing(given.force), outcome.statistics);
  const bool interrupted = stop.signal() != 0 && outcome.complete < job.replicas;
  if (interrupted) environment.err << printable(interruption(job, outcome, stop.signal()), LineEnds::kept);
  if (!quiet) print_summary(job, outcome, phase, seconds, environment.out);
  return interrupted ? 128 + stop.signal() : int{done};
}

}  // namespace sorn::cli
