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
  CLI::App* command = app.add_subcommand("convert", "write results as other tools read them");
  command->add_option("FILE", options->file, "a result file, or a pickled state of the pure-Python package sorn")
      ->required()
      ->type_name("");
  command->add_option("OUT", options->out, "what to write: a new folder, or a file")->required()->type_name("");
  command->add_option("--to", options->to, "what OUT becomes; unless given, its ending says it")
      ->type_name(format_names);
  command
      ->add_option("--step-ms", options->step_ms,
                   "for sonata: the milliseconds that one step stands for; 1 unless given")
      ->type_name("X");
  command->add_option("--seed", options->seed, "for a pickled state, which has none; drawn unless given")
      ->type_name("N");
  command->add_flag("--force", options->force, "replaces a file that is there already; a folder must be new");
  command->add_flag("--quiet", options->quiet, "errors only");
  command->footer(std::string("What OUT becomes:\n") + format_help +
                  "A pickle is read, not run: whatever is in it besides NumPy arrays is refused.\n" +
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
