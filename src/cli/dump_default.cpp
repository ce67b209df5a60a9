#include "cli/dump_default.hpp"

#include "cli/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sorn::cli {

namespace {

struct TomlPrinter {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return fmt::format("\"{}\"", value); }
};

/// The example of a parameter that follows others: ni from ne, nu from the inputs.
std::string derived(const ParameterInfo& info) {
  const Parameters defaults;
  if (info.name == "ni") return fmt::format("{}", defaults.inhibitory_count());
  if (info.name == "nu") return fmt::format("{}", defaults.nu);
  return {};
}

std::string describe(const ParameterInfo& info) {
  std::string text = fmt::format("# {}", info.meaning);
  if (info.name == "nu") text += "; as many as the inputs have features unless given";
  text += fmt::format("\n#   {}", info.range);
  if (!info.unit.empty() && info.unit != "units") text += fmt::format("; unit: {}", info.unit);
  return text + '\n';
}

}  // namespace

std::string default_config() {
  std::string text =
      "# Settings of the sorn command, for --config FILE.toml. Each line states a default: change or delete what you\n"
      "# like. Lines that begin with '# name =' have no fixed default. Options of the command line win over this "
      "file,\n"
      "# and this file wins over the parameters of a --state file. Paths are relative to the current folder.\n"
      "\n[parameters]\n";
  const Parameters defaults;
  for (const ParameterInfo& info : parameter_table()) {
    const std::string example = derived(info);
    text += describe(info);
    text += example.empty()
                ? fmt::format("{} = {}\n", info.name, std::visit(TomlPrinter{}, get_parameter(defaults, info.name)))
                : fmt::format("# {} = {}\n", info.name, example);
  }
  text += "\n[run]\n";
  for (const RunKey& key : run_keys) {
    std::string meaning(key.meaning);
    for (std::size_t at = 0; (at = meaning.find('\n', at)) != std::string::npos; at += 3)
      meaning.replace(at, 1, "\n# ");
    text += fmt::format("# {}\n", meaning);
    text += key.toml_default.empty() ? fmt::format("# {} = {}\n", key.name, key.toml_example)
                                     : fmt::format("{} = {}\n", key.name, key.toml_default);
  }
  return text;
}

}  // namespace sorn::cli
