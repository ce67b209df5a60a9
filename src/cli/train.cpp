#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace sorn::cli {

void add_train(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("train", "run a network with fixed weights and thresholds");
  add_options(*command, *options, Needs::run);
  command->footer(
      "This is the phase in which a readout is trained: the activity of the network changes, its weights and\n"
      "thresholds stay the same. All else is as for 'sorn simulate'. Usually the network comes from --state.\n"
      "\nExamples:\n"
      "  sorn train --state run.h5 --inputs letters.npy --record E --out train.h5\n\n" +
      exit_code_help());
  command->callback([options, &action] {
    action = [options](const Environment& environment) { return run_network(*options, Phase::training, environment); };
  });
}

}  // namespace sorn::cli
