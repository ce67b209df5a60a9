#include "cli/begin.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/run.hpp"
#include "config/sweep_file.hpp"
#include "config/text.hpp"
#include "runs/sweep_sharing.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"
#include "team/channel.hpp"
#include "team/processes.hpp"
#include "team/processors.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/sweep.hpp>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace sorn::cli {

namespace {

constexpr const char* default_folder = "sorn-sweep";

struct SweepOptions {
  std::string file;
  std::optional<std::string> out;
  std::optional<std::string> threads;
  std::vector<std::string> rules;
  bool repeat_failed = false;
  bool force = false;
  bool dry_run = false;
  bool quiet = false;
  bool dump_example = false;
};

std::size_t threads_of(const SweepOptions& options, const team::Processes* processes) {
  if (!options.threads) return processes != nullptr && processes->size() > 1 ? 1 : team::available_processors();
  std::uint64_t threads = 0;
  if (!parse_whole(*options.threads, threads) || threads < 1 || threads > most_threads) {
    throw ParameterError(formatted("--threads {}", *options.threads),
                         formatted("must be a whole number in [1, {}]", most_threads));
  }
  if (threads > 1 && processes != nullptr && processes->size() > 1) {
    throw UsageError(
        formatted("--threads {}: processes that share a sweep make one run at a time each; start more of "
                  "them instead",
                  threads));
  }
  return static_cast<std::size_t>(threads);
}

std::string runs_text(std::uint64_t runs) { return formatted("{} run{}", grouped(runs), runs == 1 ? "" : "s"); }

/// Prints the runs of the design, one in each line.
void list_runs(const SweepDesign& design, std::ostream& out) {
  for (std::uint64_t k = 0; k < run_count(design) && out; ++k) {
    const SweepRun run = run_of(design, k);
    const std::string varied = text(design, run);
    out << formatted("run {}: point {}, seed {}{}{}\n", run.index, run.point, run.seed, varied.empty() ? "" : ", ",
                     varied);
  }
}

void print_summary(const SweepReport& report, const SweepFolder& folder, bool shared, std::ostream& out) {
  const SweepProgress& progress = report.progress;
  const std::uint64_t now = progress.done - progress.done_before;
  const auto line = [&](std::string_view what, std::string_view text) {
    out << formatted("  {:<10} {}\n", what, text);
  };
  if (now == 0) {
    out << formatted("nothing to do: {} had been made before\n", runs_text(progress.done_before));
  } else {
    out << formatted("{} in {}, {:.3g} runs/s\n", runs_text(now), duration(report.seconds),
                     static_cast<double>(now) / report.seconds);
    line("work",
         formatted("{} {}{}, {:.1f}% of the processors' time in runs", report.processors, shared ? "process" : "thread",
                   report.processors == 1 ? "" : (shared ? "es" : "s"), 100 * report.utilisation()));
  }
  if (now > 0 && progress.done_before > 0) {
    line("continued",
         formatted("{} of {} had been made before", grouped(progress.done_before), runs_text(progress.runs)));
  }
  if (!report.stopped)
    line("table in", formatted("{} and {}", folder.csv().string(), folder.hdf5().filename().string()));
}

int carry_out(const SweepOptions& options, const Environment& environment) {
  if (options.dump_example) {
    environment.out << example_sweep();
    return done;
  }
  if (options.file.empty()) throw UsageError("SWEEP.toml is needed: --dump-example prints an example");
  const std::size_t threads = threads_of(options, environment.processes);
  std::vector<WrittenRule> written;
  for (const std::string& text : options.rules) add_rule("--rule", text, written);
  std::vector<std::shared_ptr<const OwnRule>> rules = rules_of(written, environment);  // the file names them in `order`
  SweepFile read = read_sweep(options.file);
  read.sweep.rules = std::move(rules);
  const Sweep& sweep = read.sweep;
  if (options.dry_run) {
    list_runs(sweep.design, environment.out);
    return done;
  }
  for (const std::string& note : notes(sweep.design)) environment.err << formatted("sorn: note: {}\n", note);
  const SweepFolder folder(options.out.value_or(read.out.value_or(default_folder)));
  const Listening listening(environment);
  const SignalStop signal(environment.signal);
  const auto stop = [&] { return signal.signal() != 0; };

  const bool shared = environment.processes != nullptr && environment.processes->size() > 1;
  const auto channel = shared ? environment.processes->open_channel() : nullptr;
  if (shared && channel->rank() != 0) {
    runs::help(sweep, folder, *channel, stop);
    return done;
  }
  std::optional<SweepProgressLine> progress;
  if (!options.quiet) progress.emplace(environment.err, environment.err_is_terminal);
  const SweepWatch watch = [&](const SweepProgress& state) {
    if (progress) progress->show(state);
    return stop() ? Observer::Outcome::stop : Observer::Outcome::go_on;
  };
  const SweepReport report = runs::run_sweep(
      sweep, folder,
      {.threads = threads, .overwrite = options.force, .repeat_failed = options.repeat_failed, .watch = watch},
      channel.get());
  progress.reset();
  if (!options.quiet) print_summary(report, folder, shared, environment.out);
  const SweepProgress& state = report.progress;
  if (report.stopped) {
    environment.err << formatted(
        "sorn: {}: {} of {} have ended and are recorded in {}; the same command continues with the others\n",
        signal.signal() == SIGTERM ? "terminated" : "interrupted", grouped(state.done), runs_text(state.runs),
        printable(folder.path.string()));
    return 128 + signal.signal();
  }
  if (state.failed == 0) return done;
  environment.err << formatted(
      "sorn: error: {} of {} failed; the column 'error' of {} says why. When the cause is fixed, "
      "--repeat-failed repeats them\n",
      grouped(state.failed), runs_text(state.runs), printable(folder.csv().string()));
  return bad_input;
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* command = app.add_subcommand("sweep", "many runs over ranges of hyperparameters, and one table of them");
  command->add_option("SWEEP.toml", options->file, "the hyperparameters to vary, and the settings of each run")
      ->type_name("");
  command->add_option("--out", options->out, "folder for the tables (default: `out` in the file, else sorn-sweep)")
      ->type_name("FOLDER");
  command->add_option("--threads", options->threads, "runs at the same time (default: the number of processors)")
      ->type_name("K");
  add_rule_option(*command, options->rules);
  command->add_flag("--repeat-failed", options->repeat_failed,
                    "repeat the runs that failed, once their cause has been fixed");
  command->add_flag("--force", options->force,
                    "begin in a folder that has tables or results but no journal, and\nreplace them");
  command->add_flag("--dry-run", options->dry_run, "list the runs without carrying them out");
  command->add_flag("--quiet", options->quiet, "print errors only: no progress and summary");
  command->add_flag("--dump-example", options->dump_example, "print an example of a sweep file, with comments");
  command->footer(
      "The file has the tables [model], [parameters] and [run] of a --config file, and a table [sweep] with the "
      "design: a\n"
      "grid of values or random draws, the seeds, and the statistics of each run. Without a seed in [run] the sweep\n"
      "has the seed 1. Names of files (inputs, state, out) are relative to the working folder.\n"
      "The folder receives table.csv and table.h5 with a row for each run, a copy of the file as sweep.toml, and\n"
      "runs.journal, to which each run is appended when it ends. The same command continues a sweep that was\n"
      "interrupted. It repeats no run that has ended, and its tables have the same bits as if nothing had happened.\n"
      "Ctrl-C (or SIGTERM) abandons the runs that are not complete; the exit code is then 130 (or 143).\n"
      "If a run fails, its error is recorded, the other runs continue, and the exit code is 3.\n"
      "If sorn was built with MPI, 'mpirun -n 8 sorn sweep ...' or srun share the runs among processes, on one or\n"
      "more machines. All processes must see the same files.\n"
      "\nExamples:\n"
      "  sorn sweep --dump-example > sweep.toml\n"
      "  sorn sweep sweep.toml --dry-run                            list the runs\n"
      "  sorn sweep sweep.toml --out results                        carry them out; repeat it to continue\n"
      "  sorn sweep sweep.toml --rule ./mine.so:eta=0.01            with a rule of your own, which order names\n"
      "  mpirun -n 8 sorn sweep sweep.toml --out results\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return carry_out(*options, environment); };
  });
}

}  // namespace sorn::cli
