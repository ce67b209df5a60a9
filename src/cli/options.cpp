#include "cli/options.hpp"

#include "cli/cli.hpp"
#include "config/config.hpp"
#include "support/format.hpp"

#include <algorithm>

namespace sorn::cli {

void add_recording(CLI::App& command, std::optional<std::string>& recording) {
  command
      .add_option(
          "--recording", recording,
          "show only these recordings of the file, such as I (inhibitory\nspikes), C_ei or TI (default: E, C and TE, "
          "or, if one is missing,\nanother recording of its kind)")
      ->type_name("NAME,..")
      ->join(',');
}

void add_rule_option(CLI::App& command, std::vector<std::string>& rules) {
  command
      .add_option(
          "--rule", rules,
          "a rule of your own in a shared library, which order then names,\nwith values of its parameters, such as "
          "./mine.so:eta=0.01,b=2;\n'sorn rule new mine.cpp' writes one; may be repeated")
      ->type_name("FILE");
}

void add_options(CLI::App& command, Options& options, Needs needs) {
  const std::array<std::string, run_key_count> placeholders{
      "N",       "S", "FILE", joined(layout_names, "|"), "FILE.h5", "on|off|SIGMA", "RULE", "WHAT", "FILE.h5", "N",
      "N|every", "N", "N"};
  for (std::size_t i = 0; i < run_keys.size(); ++i) {
    const RunKey& key = run_keys[i];
    if (needs == Needs::network && key.name != "seed" && key.name != "out") continue;
    auto* option = command.add_option(option_name(key), options.run[i], key.meaning());
    option->type_name(placeholders[i]);
    if (key.name != "freeze" && key.name != "record") continue;
    // join(',') is not used, because it would drop the empty name in "E,,C", which must be refused.
    option->multi_option_policy(CLI::MultiOptionPolicy::Join)->expected(1, -1)->allow_extra_args();
  }
  if (needs == Needs::run) {
    command
        .add_option("--signal", options.signals,
                    "numbers that rules read, one for each step, by name, such as\nreward=reward.npy: a file as for "
                    "--inputs with one column, or\nan array (T); may be repeated")
        ->type_name("NAME=FILE");
    command
        .add_option("--resume", options.resume,
                    "continue an interrupted run: its result file, or one of its\ncheckpoints")
        ->type_name("FILE.h5");
    command
        .add_option("--replay-log", options.replay_log,
                    "repeat what watchers did to another run, at the same steps: its\nresult file, or a file with its "
                    "log as 'sorn info --json' prints it")
        ->type_name("FILE");
    command.add_flag("--watch", options.watch, "say how to watch the run in a browser while it goes on");
  }
  add_rule_option(command, options.rules);
  command.add_option("--config", options.config, "read settings from a TOML file; --dump-default prints an example")
      ->type_name("FILE.toml");
  command
      .add_option("--variant", options.variant,
                  "published network whose values hold unless others are given, such\nas zheng2013 (default: "
                  "nambusubramaniyan2021); 'sorn variants' lists\nthem. The same as --set variant=NAME")
      ->type_name("NAME");
  command
      .add_option("--set", options.set,
                  "set hyperparameters, as in --set ne=500 h_ip=0.1; may be\nrepeated; --dump-default lists all of "
                  "them with their ranges")
      ->type_name("NAME=VALUE");
  command.add_flag("--force", options.force, force_help);
  command.add_flag("--quiet", options.quiet, "print errors only: no progress, notes and summary");
  command.add_flag("--dump-default", options.dump_default, "print all settings with their defaults as a TOML file");
}

Settings settings(const Options& options) {
  Settings result;
  if (!options.config.empty()) result = read_config(options.config);
  for (std::size_t i = 0; i < run_keys.size(); ++i) {
    if (!options.run[i]) continue;
    std::string text = *options.run[i];
    std::replace(text.begin(), text.end(), '\n', ',');  // CLI11 puts it between several values of an option
    result.*run_keys[i].member = Written{option_name(run_keys[i]) + ' ', std::move(text)};
  }
  if (options.resume) result.resume = Written{"--resume ", *options.resume};
  if (options.replay_log) result.replay_log = Written{"--replay-log ", *options.replay_log};
  for (const std::string& text : options.rules) add_rule("--rule", text, result.rules);
  for (const std::string& text : options.signals) add_signal("--signal", text, result.signals);
  result.force = options.force;
  if (options.variant) result.parameters.push_back({"--variant", "variant", *options.variant});
  for (const std::string& text : options.set) result.parameters.push_back(parameter_change("--set", text));
  if (options.variant && std::any_of(options.set.begin(), options.set.end(),
                                     [](const std::string& text) { return text.starts_with("variant="); })) {
    throw UsageError("--variant and --set variant= say the same: give one of them");
  }
  return result;
}

Parameters variant_of(const Options& options) {
  Parameters parameters;
  if (options.variant) apply({{"--variant", "variant", *options.variant}}, parameters);
  return parameters;
}

}  // namespace sorn::cli
