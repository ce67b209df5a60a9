#include "config/variant_text.hpp"

#include "support/format.hpp"

#include <algorithm>
#include <vector>

namespace sorn::config {

namespace {

/// The populations fire in this order unless an order says otherwise.
constexpr std::string_view usual_start = "excitatory,inhibitory";

std::string without_usual_start(std::string order) {
  if (order == usual_start) return "none";
  if (order.starts_with(usual_start)) order.erase(0, usual_start.size() + 1);
  return order;
}

const ParameterInfo& info_of(std::string_view name) {
  const auto table = parameter_table();
  return *std::find_if(table.begin(), table.end(), [&](const ParameterInfo& info) { return info.name == name; });
}

struct Short {
  bool is_order = false;
  std::string operator()(std::monostate) const { return "not set"; }
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return formatted("{:.4g}", value); }
  std::string operator()(const std::string& value) const { return is_order ? without_usual_start(value) : value; }
};

struct Toml {
  const ParameterInfo& info;
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t value) const { return formatted("{}", value); }
  std::string operator()(double value) const { return formatted("{}", value); }
  std::string operator()(const std::string& value) const {
    if (info.is_toggle()) return value == name(Toggle::on) ? "true" : "false";
    if (!info.is_order()) return formatted("\"{}\"", value);
    std::string list;
    std::string_view rest = value.starts_with(usual_start) ? std::string_view(value).substr(usual_start.size()) : value;
    while (!rest.empty()) {
      if (rest.front() == ',') rest.remove_prefix(1);
      const std::string_view word = rest.substr(0, rest.find(','));
      list += formatted("{}\"{}\"", list.empty() ? "" : ", ", word);
      rest.remove_prefix(word.size());
    }
    return formatted("[{}]", list);
  }
};

/// Whether the value follows others, as ni follows ne, or nu the inputs.
bool is_derived(const ParameterInfo& info, const Parameters& parameters) {
  return std::holds_alternative<std::monostate>(get_parameter(parameters, info.name)) || info.name == "nu";
}

}  // namespace

std::string shown_value(const Parameters& parameters, std::string_view name) {
  const ParameterInfo& info = info_of(name);
  const std::string text = std::visit(Short{info.is_order()}, effective_parameter(parameters, name));
  const bool unset = std::holds_alternative<std::monostate>(get_parameter(parameters, name));
  return unset ? formatted("{} ({})", text, info.unset) : text;
}

namespace {

/// The formula of a value that is not set, since its result also depends on the size of the network.
std::string formula_or_value(const Parameters& parameters, std::string_view name) {
  const bool unset = std::holds_alternative<std::monostate>(get_parameter(parameters, name));
  return unset ? std::string(info_of(name).unset) : shown_value(parameters, name);
}

}  // namespace

std::string variant_in_words(const Parameters& parameters) {
  const Parameters& own = parameters_of(parameters.variant);
  std::vector<std::string> changes;
  for (const std::string_view name : changed_switches(parameters)) {
    std::string now = formula_or_value(parameters, name);
    std::string before = formula_or_value(own, name);
    if (now == before) {  // they differ after the fourth digit
      now = formatted("{}", std::get<double>(effective_parameter(parameters, name)));
      before = formatted("{}", std::get<double>(effective_parameter(own, name)));
    }
    changes.push_back(formatted("{} {} instead of {}", name, now, before));
  }
  const std::string_view label = name(parameters.variant);
  return changes.empty() ? std::string(label) : formatted("{}, with {}", label, joined(changes, ", "));
}

std::string toml_value(const ParameterInfo& info, const ParameterValue& value) { return std::visit(Toml{info}, value); }

bool is_in_model(const ParameterInfo& info) { return &info >= &info_of("variant"); }

std::string toml_lines(const ParameterInfo& info, const Parameters& parameters) {
  std::string text = formatted("# {}", info.meaning);
  if (!info.unset.empty()) text += formatted(" (default: {})", info.unset);
  if (info.name == "nu") text += " (default: the number of features of the inputs)";
  text += formatted("\n#   {}", info.range);
  if (!info.unit.empty() && info.unit != "units") text += formatted("; unit: {}", info.unit);
  return text + formatted("\n{}{} = {}\n", is_derived(info, parameters) ? "# " : "", info.name,
                          toml_value(info, effective_parameter(parameters, info.name)));
}

}  // namespace sorn::config
