#include "cli/dump_default.hpp"

#include "cli/options.hpp"
#include "support/format.hpp"

#include <algorithm>

namespace sorn::cli {

namespace {

struct TomlPrinter {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return formatted("{}", value); }
  std::string operator()(const std::string& value) const { return formatted("\"{}\"", value); }
};

/// Whether a parameter follows others, as ni follows ne, or nu the inputs.
bool is_derived(const ParameterInfo& info) { return !info.unset.empty() || info.name == "nu"; }

std::string describe(const ParameterInfo& info) {
  std::string text = formatted("# {}", info.meaning);
  if (!info.unset.empty()) text += formatted(" (default: {})", info.unset);
  if (info.name == "nu") text += " (default: the number of features of the inputs)";
  text += formatted("\n#   {}", info.range);
  if (!info.unit.empty() && info.unit != "units") text += formatted("; unit: {}", info.unit);
  return text + '\n';
}

}  // namespace

std::string default_config() {
  std::string text =
      "# Settings of the sorn command, for --config FILE.toml. Each line states a default; lines may be changed or\n"
      "# deleted. Lines that begin with '# name =' have no fixed default. Options of the command line override this\n"
      "# file, and this file overrides the parameters of a --state file. Paths are relative to the current folder.\n"
      "\n[parameters]\n";
  const Parameters defaults;
  for (const ParameterInfo& info : parameter_table()) {
    text += describe(info);
    text += formatted("{}{} = {}\n", is_derived(info) ? "# " : "", info.name,
                      std::visit(TomlPrinter{}, effective_parameter(defaults, info.name)));
  }
  text += "\n[run]\n";
  for (const RunKey& key : run_keys) {
    std::string meaning = key.meaning();
    for (std::size_t at = 0; (at = meaning.find('\n', at)) != std::string::npos; at += 3)
      meaning.replace(at, 1, "\n# ");
    text += formatted("# {}\n", meaning);
    text += key.toml_default.empty() ? formatted("# {} = {}\n", key.name, key.toml_example)
                                     : formatted("{} = {}\n", key.name, key.toml_default);
  }
  return text;
}

}  // namespace sorn::cli
