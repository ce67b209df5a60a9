// `sorn at` and `sorn recompute`: the past of a run.
#include "cli/begin.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/run.hpp"
#include "config/text.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>
#include <sorn/time_travel.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace sorn::cli {

namespace {

/// The options of both commands, as CLI11 fills them.
struct PastOptions {
  std::string file, step, out;
  std::optional<std::string> inputs, layout, record, threads;
  std::vector<std::string> signals, rules;
  bool force = false;
  bool quiet = false;

  Settings settings() const {
    Settings given;
    const auto written = [](const char* label, const std::optional<std::string>& text) {
      return text ? std::optional(Written{label, *text}) : std::nullopt;
    };
    given.inputs = written("--inputs ", inputs);
    given.inputs_layout = written("--inputs-layout ", layout);
    given.record = written("--record ", record);
    given.threads = written("--threads ", threads);
    for (const std::string& text : signals) add_signal("--signal", text, given.signals);
    for (const std::string& text : rules) add_rule("--rule", text, given.rules);
    return given;
  }
};

void add_options(CLI::App& command, PastOptions& options) {
  command.add_option("FILE", options.file, "a result file, or a checkpoint of a run that is going on")
      ->required()
      ->type_name("");
}

void add_further_options(CLI::App& command, PastOptions& options) {
  command.add_option("--out", options.out, "result file to write")->required()->type_name("FILE.h5");
  command
      .add_option("--inputs", options.inputs,
                  "the inputs of the whole run, if it read some from a file:\nfile.csv, file.npy or file.h5:/dataset")
      ->type_name("FILE");
  command.add_option("--inputs-layout", options.layout, "what a row of the file of inputs is, as for 'sorn simulate'")
      ->type_name(joined(layout_names, "|"));
  command.add_option("--signal", options.signals, "a signal of the run, as for 'sorn simulate'; may be repeated")
      ->type_name("NAME=FILE");
  add_rule_option(command, options.rules);
  command.add_option("--threads", options.threads, "number of threads that may work (default: one for each processor)")
      ->type_name("N");
  command.add_flag("--force", options.force, force_help);
  command.add_flag("--quiet", options.quiet, "print errors only: no progress, notes and summary");
}

std::uint64_t read_step(const std::string& text) {
  double step = 0.0;  // read as a real number, because 1e6 is a whole number, too
  constexpr double most = 1e15;
  if (!parse_real(text, step) || !(step >= 0.0 && step <= most) || step != std::floor(step)) {
    throw ParameterError(formatted("STEP {}", text), "must be a whole number of steps from 0 on");
  }
  return static_cast<std::uint64_t>(step);
}

void print(const std::vector<std::string>& warnings, const Environment& environment) {
  for (const std::string& warning : warnings) {
    environment.err << formatted("sorn: note: {}\n", printable(warning, LineEnds::kept));
  }
}

int interrupted(const SignalStop& stop, const Environment& environment) {
  environment.err << "sorn: interrupted; nothing was written\n";
  return 128 + stop.signal();
}

int find_network(const PastOptions& options, const Environment& environment) {
  const Settings given = options.settings();
  const std::uint64_t step = read_step(options.step);
  io::require_writable(options.out, existing(options.force));
  Arrays arrays;
  Continuation drive = drive_of(given, arrays, environment);
  if (given.threads) drive.threads = read_threads(*given.threads);
  const Listening listening(environment);
  SignalStop stop(environment.signal);
  const PastNetwork past = network_at(options.file, step, drive, &stop);
  const State& state = past.network.state();
  if (state.step != step) return interrupted(stop, environment);
  save_result(
      options.out,
      {.parameters = past.network.parameters(), .state = state, .recordings = {}, .run = {}, .program_version = {}},
      existing(options.force));
  print(past.warnings, environment);
  if (options.quiet) return done;
  environment.out << formatted("the network after step {}, computed from that after step {}\n", grouped(step),
                               grouped(past.from_step));
  line(environment.out, "seed", formatted("{}", state.seed));
  line(environment.out, "synapses",
       formatted("E->E {}, I->E {}, E->I {}", grouped(state.wee->synapse_count()), grouped(state.wei->synapse_count()),
                 grouped(state.wie->synapse_count())));
  line(environment.out, "network in", options.out);
  return done;
}

int record_again(const PastOptions& options, const Environment& environment) {
  const Settings given = options.settings();
  const std::vector<RecordRequest> requests = read_record(*given.record);
  if (requests.empty()) throw UsageError("--record: name what to record, such as E,C or WEE/100@5000:15000");
  io::require_writable(options.out, existing(options.force));
  Arrays arrays;
  Continuation drive = drive_of(given, arrays, environment);
  const std::size_t threads = given.threads ? read_threads(*given.threads) : 0;
  const Listening listening(environment);
  SignalStop stop(environment.signal);
  PastSteps steps = past_steps(options.file);
  std::uint64_t first = RecordRequest::no_end;
  std::uint64_t last = 0;
  for (const RecordRequest& request : requests) {
    first = std::min(first, request.begin);
    last = std::max(last, request.end);
  }
  steps.begin = std::max(steps.begin, first);
  steps.end = std::min(steps.end, last);
  Recomputed recomputed;
  {
    std::optional<ProgressLine> progress;
    recomputed = recompute(options.file, requests, steps.begin, steps.end, threads, drive,
                           [&](std::uint64_t done_steps, std::uint64_t all) {
                             if (!options.quiet && !progress) {
                               progress.emplace(environment.err, all, environment.err_is_terminal);
                             }
                             if (progress) progress->update(done_steps);
                             return stop.signal() == 0 ? Observer::Outcome::go_on : Observer::Outcome::stop;
                           });
  }
  if (recomputed.stopped) return interrupted(stop, environment);
  const PastNetwork end = network_at(options.file, steps.end, drive, &stop);
  if (end.network.state().step != steps.end) return interrupted(stop, environment);
  RunDescription run = recomputed.run;
  run.first_step = steps.begin;
  run.steps = steps.end - steps.begin;
  save_result(options.out,
              {.parameters = end.network.parameters(),
               .state = end.network.state(),
               .recordings = recomputed.recordings,
               .run = run,
               .program_version = {}},
              existing(options.force));
  print(recomputed.warnings, environment);
  if (options.quiet) return done;
  environment.out << formatted("recorded the steps {} to {} of {}\n", grouped(steps.begin), grouped(steps.end - 1),
                               printable(options.file));
  line(environment.out, "recorded", recording_text(recomputed.recordings));
  line(environment.out, "result in", options.out);
  return done;
}

constexpr const char* about_landmarks =
    "The steps are repeated from the nearest state that the run has kept (--keep-checkpoints), or from the new\n"
    "network of the run's seed. What the file does not hold must be given again: --inputs that came from a file,\n"
    "--signal and --rule. The bits are those of the run.\n";

}  // namespace

void add_at(CLI::App& app, Action& action) {
  auto options = std::make_shared<PastOptions>();
  CLI::App* command = app.add_subcommand("at", "write the network of any step of a run");
  add_options(*command, *options);
  command->add_option("STEP", options->step, "the number of steps that the network has done, as in 'sorn info'")
      ->required()
      ->type_name("");
  add_further_options(*command, *options);
  command->footer(std::string(about_landmarks) +
                  "The file is a result without recordings: 'sorn simulate --state there.h5' starts from it.\n"
                  "\nExamples:\n"
                  "  sorn simulate --steps 1e7 --keep-checkpoints 1000 --out run.h5   records nothing\n"
                  "  sorn at run.h5 1234567 --out there.h5\n\n" +
                  exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return find_network(*options, environment); };
  });
}

void add_recompute(CLI::App& app, Action& action) {
  auto options = std::make_shared<PastOptions>();
  CLI::App* command = app.add_subcommand("recompute", "record what a run has not recorded");
  add_options(*command, *options);
  command->add_option("--record", options->record, "what to record, as for 'sorn simulate'")
      ->required()
      ->type_name("WHAT")
      ->join(',');
  add_further_options(*command, *options);
  command->footer(std::string(about_landmarks) +
                  "Parts of the run between the states that it has kept are computed at the same time.\n"
                  "\nExamples:\n"
                  "  sorn recompute run.h5 --record E@5000:15000 --out part.h5\n"
                  "  sorn recompute run.h5 --record WEE/100@5000:15000,C@5000:15000 --out part.h5\n\n" +
                  exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return record_again(*options, environment); };
  });
}

}  // namespace sorn::cli
