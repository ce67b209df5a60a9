#include "cli/dump_default.hpp"

#include "cli/options.hpp"
#include "config/variant_text.hpp"
#include "support/format.hpp"

#include <sorn/source_spec.hpp>

namespace sorn::cli {

namespace {

std::string parameter_lines(const Parameters& defaults, bool of_model) {
  std::string text;
  for (const ParameterInfo& info : parameter_table()) {
    if (is_in_model(info) == of_model) text += toml_lines(info, defaults);
  }
  return text;
}

}  // namespace

std::string default_config(const Parameters& defaults) {
  std::string text =
      "# Settings of the sorn command, for --config FILE.toml. Each line states a default; lines may be changed or\n"
      "# deleted. Lines that begin with '# name =' have no fixed default. Options of the command line override this\n"
      "# file, and this file overrides the parameters of a --state file. Paths are relative to the current folder.\n"
      "# Either of [model] and [parameters] takes any hyperparameter; without a line it has the value of the variant.\n"
      "\n[model]\n";
  text += parameter_lines(defaults, true);
  text += "\n[parameters]\n";
  text += parameter_lines(defaults, false);
  text += "\n[run]\n";
  for (const RunKey& key : run_keys) {
    std::string meaning = key.meaning();
    for (std::size_t at = 0; (at = meaning.find('\n', at)) != std::string::npos; at += 3)
      meaning.replace(at, 1, "\n# ");
    text += formatted("# {}\n", meaning);
    text += key.toml_default.empty() ? formatted("# {} = {}\n", key.name, key.toml_example)
                                     : formatted("{} = {}\n", key.name, key.toml_default);
  }
  text +=
      "\n# A source of input, instead of inputs: what the network is shown in each step.\n"
      "# [input]\n"
      "# source = \"counting\"       # one of:\n";
  for (const SourceInfo& row : source_table()) text += formatted("#   {:<16}  {}\n", row.name, row.meaning);
  text +=
      "# n = 4                     # further keys depend on the source (docs/sources.md)\n"
      "# wait_min = 0              # after each word nothing is shown for wait_min steps,\n"
      "# wait_var = 0              # and for up to wait_var - 1 further ones\n"
      "# pools = \"disjoint\"        # the units of a symbol: disjoint, random_disjoint or overlapping\n"
      "# pool_size = 10            # (default: nu)\n"
      "# gain = 1.0                # drive of a unit in the pool of the current symbol\n"
      "# onset = 0                 # the step with the first symbol\n"
      "# seed = 1                  # (default: that of the network)\n"
      "\n# Numbers that rules read, one for each step: a name, and the file of its values.\n"
      "# [signals]\n"
      "# reward = \"reward.npy\"\n";
  return text;
}

}  // namespace sorn::cli
