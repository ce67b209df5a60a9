#include <sorn/sweep.hpp>

#include "core/own_rule.hpp"
#include "io/files/atomic_file.hpp"
#include "io/table.hpp"
#include "runs/batch.hpp"
#include "runs/sweep_journal.hpp"
#include "runs/sweep_run.hpp"
#include "runs/sweep_sharing.hpp"
#include "support/error_kinds.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace sorn {

namespace fs = std::filesystem;

namespace {

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

/// Whether a run must be made: it has no outcome, its result file was removed, or it failed and failed runs are
/// repeated.
bool is_pending(const std::map<std::uint64_t, SweepOutcome>& outcomes, std::uint64_t index, bool repeat_failed,
                const fs::path& file) {
  const auto found = outcomes.find(index);
  if (found == outcomes.end()) return true;
  if (found->second.failed()) return repeat_failed;
  return !file.empty() && !is_there(file);
}

void make_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) io::throw_system_error("make the folder", path, failed.value());
}

/// Whether `path` is a file with exactly this text.
bool has_text(const fs::path& path, const std::string& text) {
  std::error_code unknown;
  if (fs::file_size(path, unknown) != text.size() || unknown) return false;
  std::ifstream there(path, std::ios::binary);
  return there && std::string(std::istreambuf_iterator<char>(there), {}) == text;
}

/// A new sweep must not replace files of others in its folder. A resumed sweep replaces its own files.
void require_free(const Sweep& sweep, const SweepFolder& folder) {
  const auto refuse = [&](const fs::path& path) {
    throw IoError(formatted("'{}' exists already", path.string()),
                  "it is not of a sweep that could go on, since there is no journal beside it",
                  std::string(io::overwrite_advice));
  };
  if (is_there(folder.csv())) refuse(folder.csv());
  if (is_there(folder.hdf5())) refuse(folder.hdf5());
  if (is_there(folder.description()) && !has_text(folder.description(), sweep.text)) refuse(folder.description());
  const fs::path runs = folder.run(0).parent_path();
  std::error_code unknown;
  if (sweep.design.files && is_there(runs) && !fs::is_empty(runs, unknown)) refuse(runs);
}

/// Keeps a copy of the sweep's description in its folder, beside the table.
void keep_description(const Sweep& sweep, const fs::path& path) {
  if (sweep.text.empty() || has_text(path, sweep.text)) return;
  io::AtomicFile file(path, Existing::replace);
  file.write_at(0, std::as_bytes(std::span(sweep.text.data(), sweep.text.size())));
  file.commit();
}

/// Refuses runs if the largest networks that may run at the same time need more memory than there is. A network that is
/// too large by itself is not counted: only its own run fails.
void check_memory(const Sweep& sweep, std::size_t threads, std::span<const std::uint64_t> indices) {
  const SweepDesign& design = sweep.design;
  const std::size_t at_a_time = std::min(threads, indices.size());
  std::priority_queue<double, std::vector<double>, std::greater<>> largest;
  double bytes = sweep.state ? runs::bytes_of(*sweep.state) : 0.0;
  std::optional<std::uint64_t> point;
  for (const std::uint64_t index : indices) {
    if (!sweep.state && point != index / design.runs_per_point) {  // all runs of a point have its size
      point = index / design.runs_per_point;
      bytes = bytes_to_build(run_of(design, index).parameters);
    }
    if (bytes > physical_memory_bytes()) continue;
    largest.push(bytes);
    if (largest.size() > at_a_time) largest.pop();
  }
  double together = 0.0;
  for (; !largest.empty(); largest.pop()) together += largest.top();
  runs::require_memory(formatted("{} networks at a time", at_a_time), together, "give fewer threads");
}

/// Rules are checked with the first run: others fail by themselves if what they need is varied.
void check(const Sweep& sweep) {
  const SweepDesign& design = sweep.design;
  std::vector<std::string> found = problems(design, sweep.state, sweep.inputs);
  const bool varies = std::any_of(design.dimensions.begin(), design.dimensions.end(), [](const auto& dimension) {
    return dimension.name == "order" || dimension.name == "variant" || dimension.name == "wei_plasticity";
  });
  if (found.empty()) {
    try {
      validate_rules(sweep.rules);
      if (!varies) {
        const RunOptions options{.phase = design.phase, .freeze = design.freeze};
        validate_rules_of_run(run_of(design, 0).parameters, sweep.state.value_or(State{}), sweep.rules, options);
      }
    } catch (const Error& error) {
      if (!kind_of(error).about_a_value) throw;
      found.emplace_back(error.what());
    }
  }
  if (!found.empty()) runs::throw_problems("the sweep", found);
}

/// Makes the pending runs, and counts the completed ones in the report.
/// @param dispatcher  hands runs to other processes; null: there are none
/// @param keep        stores an outcome
void carry_out(const Sweep& sweep, const SweepExecution& execution, runs::Dispatcher* dispatcher,
               std::span<const std::uint64_t> pending, const std::function<fs::path(std::uint64_t)>& file_of,
               const std::function<void(const SweepOutcome&)>& keep, SweepReport& report) {
  using Clock = std::chrono::steady_clock;
  const auto look = [&] { return execution.watch ? execution.watch(report.progress) : Observer::Outcome::go_on; };
  std::function<void(const SweepOutcome&)> record;
  std::optional<runs::Batch> batch;
  batch.emplace(
      dispatcher == nullptr ? execution.threads : 1,
      [&](std::uint64_t /*steps_done*/) {
        if (dispatcher != nullptr) dispatcher->attend(*batch, record);
        return look();
      },
      runs::Batch::OnError::stop, dispatcher == nullptr ? runs::usual_interval : runs::between_messages);
  record = [&](const SweepOutcome& outcome) {
    keep(outcome);
    ++report.progress.done;
    if (outcome.failed()) ++report.progress.failed;
    report.seconds_in_runs += outcome.seconds;
    if (!batch->stopped() && look() == Observer::Outcome::stop) batch->stop();
  };
  const auto begin = Clock::now();
  batch->run(pending, [&](std::uint64_t index, Observer& job) -> runs::Batch::Finish {
    auto outcome = runs::run_one(sweep, index, &job, file_of(index));
    if (!outcome) return {};
    return [&record, outcome = *std::move(outcome)] { record(outcome); };
  });
  report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  report.stopped = report.progress.done < report.progress.runs;
}

}  // namespace

fs::path SweepFolder::run(std::uint64_t index) const { return path / "runs" / formatted("run-{:06}.h5", index); }

SweepReport run_sweep(const Sweep& sweep, const SweepExecution& execution) {
  SweepReport report{.processors = runs::thread_count(execution.threads)};
  check(sweep);
  report.progress.runs = run_count(sweep.design);
  const auto all = runs::numbers(0, report.progress.runs);
  check_memory(sweep, report.processors, all);
  carry_out(
      sweep, execution, nullptr, all, [](std::uint64_t) { return fs::path(); },
      [&](const SweepOutcome& outcome) { report.outcomes.emplace(outcome.index, outcome); }, report);
  return report;
}

SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution) {
  return runs::run_sweep(sweep, folder, execution, nullptr);
}

SweepReport runs::run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution,
                            team::Channel* channel) {
  std::optional<Dispatcher> dispatcher;  // made first: its destructor ends the other processes, even after an error
  if (channel != nullptr) dispatcher.emplace(*channel, fingerprint(sweep));
  const std::size_t threads = channel != nullptr ? 1 : thread_count(execution.threads);
  check(sweep);
  const bool begins = !is_there(folder.journal());
  if (begins) check_memory(sweep, threads, numbers(0, run_count(sweep.design)));
  make_folder(folder.path);
  if (!execution.overwrite && begins) require_free(sweep, folder);
  SweepJournal journal(folder.journal(), description(sweep));
  keep_description(sweep, folder.description());
  if (sweep.design.files) make_folder(folder.run(0).parent_path());

  SweepReport report{.processors = channel != nullptr ? channel->size() : threads};
  SweepProgress& progress = report.progress;
  progress.runs = run_count(sweep.design);
  const auto file_of = [&](std::uint64_t index) { return sweep.design.files ? folder.run(index) : fs::path(); };
  std::vector<std::uint64_t> pending;
  for (std::uint64_t k = 0; k < progress.runs; ++k) {
    if (is_pending(journal.outcomes(), k, execution.repeat_failed, file_of(k))) {
      pending.push_back(k);
    } else {
      ++progress.done;
      if (journal.outcomes().at(k).failed()) ++progress.failed;
    }
  }
  progress.done_before = progress.done;
  if (!begins) check_memory(sweep, threads, pending);
  carry_out(
      sweep, execution, dispatcher ? &*dispatcher : nullptr, pending, file_of,
      [&](const SweepOutcome& outcome) { journal.append(outcome); }, report);
  journal.sync();
  report.outcomes = journal.take_outcomes();
  // The journal may hold more samples than the sweep has now.
  report.outcomes.erase(report.outcomes.lower_bound(progress.runs), report.outcomes.end());
  if (report.stopped) return report;
  const io::Table table = table_of(sweep.design, report.outcomes);
  io::Texts texts;
  if (!sweep.text.empty()) texts.emplace_back("sweep", sweep.text);
  io::save_csv(folder.csv(), table, Existing::replace);
  io::save_table(folder.hdf5(), "sorn-sweep", table, texts, Existing::replace);
  return report;
}

}  // namespace sorn
