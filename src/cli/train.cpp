#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("train", "run a network with fixed weights and thresholds");
  add_options(*command, *options, Needs::run);
  command->footer(
      "The training phase of a readout: the network's activity goes on, its weights and thresholds stay as they\n"
      "are. Otherwise as 'sorn simulate'; usually it begins with --state.\n"
      "\nExamples:\n"
      "  sorn train --state run.h5 --inputs letters.npy --record E --out train.h5\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return run_network(*options, Phase::training, environment); };
  });
}

}  // namespace sorn::cli
