#include "cli/options.hpp"

#include "config/config.hpp"

#include <algorithm>

namespace sorn::cli {

void add_recording(CLI::App& command, std::optional<std::string>& recording) {
  command
      .add_option("--recording", recording,
                  "show these recordings of the file and no others: I for the\ninhibitory spikes, C_ei, TI ...; unless "
                  "given E, C and TE, or\nwhat there is in their place")
      ->type_name("NAME,..")
      ->join(',');
}

void add_options(CLI::App& command, Options& options, Needs needs) {
  constexpr std::array<std::string_view, run_keys.size()> placeholders{
      "N", "S", "FILE", "FILE.h5", "on|off|SIGMA", "RULE", "WHAT", "FILE.h5", "N", "N", "N"};
  for (std::size_t i = 0; i < run_keys.size(); ++i) {
    const RunKey& key = run_keys[i];
    if (needs == Needs::network && key.name != "seed" && key.name != "out") continue;
    auto* option = command.add_option(option_name(key), options.run[i], key.meaning());
    option->type_name(std::string(placeholders[i]));
    if (key.name != "freeze" && key.name != "record") continue;
    // Not join(','), which would drop the empty names of "E,,C" instead of leaving them to be refused.
    option->multi_option_policy(CLI::MultiOptionPolicy::Join)->expected(1, -1)->allow_extra_args();
  }
  if (needs == Needs::run) {
    command
        .add_option("--resume", options.resume,
                    "goes on with a run that was broken off: its result file, or a\ncheckpoint of it")
        ->type_name("FILE.h5");
  }
  command.add_option("--config", options.config, "settings from a TOML file; --dump-default prints one to start from")
      ->type_name("FILE.toml");
  command
      .add_option("--set", options.set,
                  "sets hyperparameters, as in --set ne=500 h_ip=0.1; may be\nrepeated; --dump-default lists them "
                  "all with their ranges")
      ->type_name("NAME=VALUE");
  command.add_flag("--force", options.force, force_help);
  command.add_flag("--quiet", options.quiet, "no progress, notes and summary; errors only");
  command.add_flag("--dump-default", options.dump_default, "prints all settings with their defaults as a TOML file");
}

Settings settings(const Options& options) {
  Settings result;
  if (!options.config.empty()) result = read_config(options.config);
  for (std::size_t i = 0; i < run_keys.size(); ++i) {
    if (!options.run[i]) continue;
    std::string text = *options.run[i];
    std::replace(text.begin(), text.end(), '\n', ',');  // which CLI11 puts between several values of one option
    result.*run_keys[i].member = Written{option_name(run_keys[i]) + ' ', std::move(text)};
  }
  if (options.resume) result.resume = Written{"--resume ", *options.resume};
  result.force = options.force;
  for (const std::string& text : options.set) result.parameters.push_back(parameter_change("--set", text));
  return result;
}

}  // namespace sorn::cli
