#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

void add_init(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("init", "build a network and write it, without running it");
  add_options(*command, *options, Needs::network);
  command->footer(
      "The file is a result without recordings. 'sorn simulate --state' starts from it.\n"
      "init uses the tables [model] and [parameters] of a configuration file, and the keys seed and out of [run].\n"
      "\nExamples:\n"
      "  sorn init --seed 1 --out network.h5\n"
      "  sorn init --variant delpapa2017 --out network.h5\n"
      "  sorn init --set ne=1000 lambda_ee=30 --out large.h5\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return build_network(*options, environment); };
  });
}

}  // namespace sorn::cli
