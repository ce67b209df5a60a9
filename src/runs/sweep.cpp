#include <sorn/sweep.hpp>

#include "analysis/run_record.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/checksum.hpp"
#include "runs/sweep_sharing.hpp"
#include "support/error_kinds.hpp"
#include "support/format.hpp"
#include "support/seldom.hpp"
#include "team/processors.hpp"

#include <sorn/error.hpp>
#include <sorn/file_run.hpp>
#include <sorn/network.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <mutex>
#include <new>
#include <span>
#include <system_error>
#include <utility>

namespace sorn::runs {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Calls `attend` now and then.
class Attendant final : public Observer {
public:
  explicit Attendant(const Attend& attend) : attend_(attend) {}

  Outcome on_step(const StepView& /*view*/) override {
    return !clock_.is_due() || attend_() ? Outcome::go_on : Outcome::stop;
  }

private:
  const Attend& attend_;
  SeldomClock clock_{300us};
};

Network start(const Sweep& sweep, const SweepRun& run) {
  if (!sweep.state) return {run.parameters, run.seed};
  Network network(run.parameters, *sweep.state);
  network.reseed(run.seed);
  return network;
}

bool needs_train(std::span<const std::string> statistics) {
  return std::any_of(statistics.begin(), statistics.end(), [](const std::string& statistic) {
    return measure_named(statistic).needs == MeasureNeeds::spike_train;
  });
}

std::vector<double> values_of(const SweepDesign& design, const analysis::RunCounter& counter, const State& state) {
  analysis::RunRecord record(counter.observed(state), {.fano_window = design.options.window,
                                                       .lag = design.options.lag,
                                                       .avalanche_threshold = design.options.threshold});
  return analysis::values(design.statistics, record);
}

/// The values of a run; empty if it was abandoned.
std::vector<double> values_of(const Sweep& sweep, std::uint64_t index, const Attend& attend, const fs::path& file) {
  const SweepDesign& design = sweep.design;
  const SweepRun run = run_of(design, index);
  Network network = start(sweep, run);
  RunOptions options{.phase = design.phase, .freeze = design.freeze, .noise = Noise::gaussian(run.noise)};
  options.threads = 1;  // many runs go on at a time
  if (sweep.inputs) options.inputs = sweep.inputs->view();
  analysis::RunCounter counter(network.state().ne(), network.state().ni(), design.options.skip);
  if (needs_train(design.statistics)) counter.keep_train(design.steps);
  Attendant attendant(attend);
  const std::array<Observer*, 2> all{&counter, &attendant};
  const std::span<Observer* const> observers = std::span(all).first(attend ? 2 : 1);
  if (file.empty()) {
    const std::size_t done = network.run(static_cast<std::size_t>(design.steps), options, observers);
    return done == design.steps ? values_of(design, counter, network.state()) : std::vector<double>{};
  }
  FileRun file_run(file, std::move(network),
                   {.steps = design.steps,
                    .options = options,
                    .record = design.record,
                    .inputs = sweep.inputs_name,
                    .inputs_sha256 = sweep.inputs_sha256,
                    .overwrite = true});
  if (file_run.run(observers) == design.steps) return values_of(design, counter, file_run.network().state());
  std::error_code ignored;
  fs::remove(file, ignored);  // it ends where the run was abandoned
  return {};
}

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

/// Whether a run is to be made: nothing tells how it ended, or its result file has been removed since.
bool is_pending(const std::map<std::uint64_t, SweepOutcome>& outcomes, std::uint64_t index, bool repeat_failed,
                const fs::path& file) {
  const auto found = outcomes.find(index);
  if (found == outcomes.end()) return true;
  if (found->second.failed()) return repeat_failed;
  return !file.empty() && !is_there(file);
}

/// Counts the runs that have ended, and tells the observer.
class Tally {
public:
  Tally(SweepReport& report, const SweepExecution& execution) : report_(report), execution_(execution) {
    if (execution_.report) execution_.report(report_.progress);
  }

  void add(const SweepOutcome& outcome) {
    ++report_.progress.done;
    if (outcome.failed()) ++report_.progress.failed;
    report_.seconds_in_runs += outcome.seconds;
    if (execution_.report) execution_.report(report_.progress);
  }

private:
  SweepReport& report_;
  const SweepExecution& execution_;
};

/// Makes the pending runs on the threads of this process.
void run_on_threads(const Sweep& sweep, std::span<const std::uint64_t> pending, const SweepExecution& execution,
                    const std::function<fs::path(std::uint64_t)>& file_of,
                    const std::function<void(const SweepOutcome&)>& record) {
  std::mutex mutex;
  std::atomic<bool> failed{false};
  const auto stop = [&] { return failed || (execution.stop && execution.stop()); };
  team::for_each_task(
      pending.size(), execution.threads,
      [&](std::size_t task) {
        try {
          const auto outcome = run_one(
              sweep, pending[task], [&] { return !stop(); }, file_of(pending[task]));
          if (!outcome) return;
          const std::lock_guard lock(mutex);
          record(*outcome);
        } catch (...) {
          failed = true;  // the other threads need not end runs that nobody will record
          throw;
        }
      },
      stop);
}

void make_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) io::throw_system_error("make the folder", path, failed.value());
}

/// Whether a file has this text. What is not a file has none.
bool has_text(const fs::path& path, const std::string& text) {
  std::error_code unknown;
  if (fs::file_size(path, unknown) != text.size() || unknown) return false;
  std::ifstream there(path, std::ios::binary);
  return there && std::string(std::istreambuf_iterator<char>(there), {}) == text;
}

/// A sweep that begins must not replace what others have put into its folder. One that goes on replaces its own.
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
  if (has_text(path, sweep.text)) return;
  io::AtomicFile file(path, Existing::replace);
  file.write_at(0, std::as_bytes(std::span(sweep.text.data(), sweep.text.size())));
  file.commit();
}

io::Column column_of(const SweepDesign& design, std::size_t dimension, std::span<const SweepRun> runs) {
  io::Column column{design.dimensions[dimension].name, {}};
  const auto fill = [&](auto kind) {
    std::vector<decltype(kind)> values;
    for (const SweepRun& run : runs) values.push_back(std::get<decltype(kind)>(run.values[dimension]));
    column.values = std::move(values);
  };
  // All runs have the type that the network's hyperparameter has.
  const ParameterValue first = run_of(design, 0).values[dimension];
  if (std::holds_alternative<std::int64_t>(first)) fill(std::int64_t{});
  if (std::holds_alternative<double>(first)) fill(double{});
  if (std::holds_alternative<std::string>(first)) fill(std::string{});
  return column;
}

std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t before = 0) { return io::crc64(bytes, before); }

template <class T>
std::uint64_t checksum(const std::vector<T>& values, std::uint64_t before = 0) {
  return checksum(std::as_bytes(std::span(values)), before);
}

std::uint64_t checksum(const InputArray& inputs) {
  const std::array<std::size_t, 3> shape{inputs.features, inputs.steps, inputs.step_major ? 1U : 0U};
  return checksum(inputs.values, checksum(std::as_bytes(std::span(shape))));
}

std::uint64_t checksum(const State& state) {
  std::uint64_t sum = checksum(std::as_bytes(std::span(&state.step, 1)));
  for (const auto* matrix : {&*state.wee, &*state.wei, &*state.wie}) {
    for (std::size_t post = 0; post < matrix->n_post(); ++post) {
      const SynapseMatrix::Column column = matrix->column(post);
      sum = checksum(std::as_bytes(column.pre), sum);
      sum = checksum(std::as_bytes(column.weight), sum);
    }
  }
  for (const auto* thresholds : {&state.te, &state.ti}) sum = checksum(*thresholds, sum);
  for (const auto* units : {&state.x_previous, &state.x, &state.y_previous, &state.y}) sum = checksum(*units, sum);
  return sum;
}

}  // namespace

SweepJournal::Description description(const Sweep& sweep) {
  SweepJournal::Description lines = description(sweep.design);
  const auto content = [](std::uint64_t sum) { return formatted("content {:016x}", sum); };
  lines.emplace_back("inputs", sweep.inputs ? content(checksum(*sweep.inputs)) : "none");
  lines.emplace_back("state", sweep.state ? content(checksum(*sweep.state)) : "none");
  return lines;
}

std::uint64_t fingerprint(const Sweep& sweep) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : description(sweep)) {
    const std::string line = formatted("{} = {}\n", key, value);
    sum = checksum(std::as_bytes(std::span(line.data(), line.size())), sum);
  }
  return sum;
}

std::filesystem::path SweepFolder::run(std::uint64_t index) const {
  return path / "runs" / formatted("run-{:06}.h5", index);
}

std::optional<SweepOutcome> run_one(const Sweep& sweep, std::uint64_t index, const Attend& attend,
                                    const fs::path& file) {
  const auto begin = Clock::now();
  SweepOutcome outcome{.index = index};
  const auto failed = [&](std::string why) { outcome.error = std::move(why); };
  try {
    outcome.values = values_of(sweep, index, attend, file);
    if (outcome.values.empty()) return {};
  } catch (const Error& error) {
    if (!kind_of(error).about_a_value) throw;
    failed(error.what());
  } catch (const std::bad_alloc&) {
    failed("this machine has too little memory for that; try fewer units, steps or threads");
  }
  outcome.seconds = seconds_since(begin);
  return outcome;
}

io::Table table_of(const SweepDesign& design, const std::map<std::uint64_t, SweepOutcome>& outcomes) {
  std::vector<SweepRun> runs;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> points;
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> errors;
  std::vector<std::vector<double>> values(design.statistics.size());
  const std::uint64_t count = run_count(design);
  for (const auto& [index, outcome] : outcomes) {
    if (index >= count) break;  // of a time when the sweep had more samples
    const SweepRun& run = runs.emplace_back(run_of(design, index));
    indices.push_back(static_cast<std::int64_t>(index));
    points.push_back(static_cast<std::int64_t>(run.point));
    seeds.push_back(run.seed);
    errors.push_back(outcome.error);
    for (std::size_t s = 0; s < values.size(); ++s) {
      values[s].push_back(s < outcome.values.size() ? outcome.values[s] : std::numeric_limits<double>::quiet_NaN());
    }
  }
  io::Table table{{"run", std::move(indices)}, {"point", std::move(points)}, {"seed", std::move(seeds)}};
  for (std::size_t d = 0; d < design.dimensions.size(); ++d) table.push_back(column_of(design, d, runs));
  for (std::size_t s = 0; s < values.size(); ++s) table.push_back({design.statistics[s], std::move(values[s])});
  table.push_back({"error", std::move(errors)});
  return table;
}

SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution,
                      bool repeat_failed) {
  std::optional<Dispatcher> dispatcher;  // first of all: the others wait for it, whatever fails here
  if (execution.channel != nullptr) dispatcher.emplace(*execution.channel, fingerprint(sweep));
  make_folder(folder.path);
  if (!execution.overwrite && !is_there(folder.journal())) require_free(sweep, folder);
  SweepJournal journal(folder.journal(), description(sweep));
  keep_description(sweep, folder.description());
  if (sweep.design.files) make_folder(folder.run(0).parent_path());

  SweepReport report;
  report.progress.runs = run_count(sweep.design);
  const auto file_of = [&](std::uint64_t index) { return sweep.design.files ? folder.run(index) : fs::path(); };
  std::vector<std::uint64_t> pending;
  for (std::uint64_t k = 0; k < report.progress.runs; ++k) {
    if (is_pending(journal.outcomes(), k, repeat_failed, file_of(k))) {
      pending.push_back(k);
    } else {
      ++report.progress.done;
      if (journal.outcomes().at(k).failed()) ++report.progress.failed;
    }
  }
  report.progress.done_before = report.progress.done;
  report.processors = execution.channel != nullptr ? execution.channel->size() : execution.threads;
  Tally tally(report, execution);
  const auto record = [&](const SweepOutcome& outcome) {
    journal.append(outcome);
    tally.add(outcome);
  };
  const auto begin = Clock::now();
  if (dispatcher) {
    dispatcher->run(sweep, pending, file_of, record, execution.stop);
  } else {
    run_on_threads(sweep, pending, execution, file_of, record);
  }
  report.seconds = seconds_since(begin);
  journal.sync();
  report.stopped = report.progress.done < report.progress.runs;
  if (report.stopped) return report;
  const io::Table table = table_of(sweep.design, journal.outcomes());
  io::save_csv(folder.csv(), table, Existing::replace);
  io::save_table(folder.hdf5(), "sorn-sweep", table, {{"sweep", sweep.text}}, Existing::replace);
  return report;
}

std::map<std::uint64_t, SweepOutcome> run_in_memory(const Sweep& sweep, std::size_t threads,
                                                    const std::function<bool()>& stop,
                                                    const std::function<void(const SweepProgress&)>& report) {
  SweepReport tallied;
  tallied.progress.runs = run_count(sweep.design);
  const SweepExecution execution{.threads = threads, .stop = stop, .report = report};
  std::vector<std::uint64_t> pending(tallied.progress.runs);
  for (std::uint64_t k = 0; k < pending.size(); ++k) pending[k] = k;
  std::map<std::uint64_t, SweepOutcome> outcomes;
  Tally tally(tallied, execution);
  run_on_threads(
      sweep, pending, execution, [](std::uint64_t) { return fs::path(); },
      [&](const SweepOutcome& outcome) {
        outcomes[outcome.index] = outcome;
        tally.add(outcome);
      });
  return outcomes;
}

}  // namespace sorn::runs
