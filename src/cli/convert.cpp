#include "cli/commands.hpp"
#include "cli/formats.hpp"
#include "cli/python.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

namespace {

struct ConvertOptions {
  std::string file;
  std::string out;
  std::string to;
  std::string step_ms;
  std::string seed;
  bool force = false;
  bool quiet = false;
};

int convert(const ConvertOptions& options, const Environment& environment) {
  std::vector<std::string> arguments{"convert"};
  const auto hand_over = [&arguments](const char* option, const std::string& value) {
    if (!value.empty()) arguments.push_back(option + value);
  };
  hand_over("--to=", options.to);
  hand_over("--step-ms=", options.step_ms);
  hand_over("--seed=", options.seed);
  if (options.force) arguments.emplace_back("--force");
  if (options.quiet) arguments.emplace_back("--quiet");
  arguments.insert(arguments.end(), {"--", options.file, options.out});
  return run_python(arguments, environment);
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = app.add_subcommand("convert", "write results in the formats of other tools");
  command->add_option("FILE", options->file, "a result file, or a pickled state of the pure-Python package sorn")
      ->required()
      ->type_name("");
  command->add_option("OUT", options->out, "the folder (a new one) or the file to write")->required()->type_name("");
  command->add_option("--to", options->to, "the format of OUT (default: by its ending)")->type_name(format_names);
  command->add_option("--step-ms", options->step_ms, "for sonata: the milliseconds of one step (default: 1)")
      ->type_name("X");
  command->add_option("--seed", options->seed, "the seed of a pickled state, which has none (default: a new one)")
      ->type_name("N");
  command->add_flag("--force", options->force, "replace an existing file; a folder must be new");
  command->add_flag("--quiet", options->quiet, "print errors only");
  command->footer(std::string("Formats of OUT:\n") + format_help +
                  "A pickle is read without running it. Anything in it except NumPy arrays is refused.\n" +
                  python_help("converts", "exchange") +
                  "\nExamples:\n"
                  "  sorn simulate --steps 10000 --record E,I --out run.h5\n"
                  "  sorn convert run.h5 run-sonata --to sonata --step-ms 10\n"
                  "  sorn convert run.h5 network.graphml\n"
                  "  sorn convert state.pkl network.h5 --seed 1\n\n" +
                  exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return convert(*options, environment); };
  });
}

}  // namespace sorn::cli
