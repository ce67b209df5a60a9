#include "config/change_text.hpp"

#include "config/settings.hpp"
#include "config/text.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace sorn::config {

namespace {

[[noreturn]] void refuse(const std::string& label, std::string_view value, std::string_view rule) {
  throw ParameterError(formatted("{} with '{}'", label, value), std::string(rule));
}

std::uint32_t read_unit(const std::string& label, std::string_view text) {
  std::uint64_t unit = 0;
  if (!parse_whole(text, unit) || unit > 0xFFFFFFFF) refuse(label, text, "must be the number of an excitatory unit");
  return static_cast<std::uint32_t>(unit);
}

double read_number(const std::string& label, std::string_view text) {
  double number = 0.0;
  if (!parse_real(text, number)) refuse(label, text, "must be a number");
  return number;
}

Change read_spike(const std::string& label, std::string_view value) {
  if (value.empty()) return changes::Spike{};
  return changes::Spike{read_unit(label, value)};
}

/// Reads "PRE,POST,WEIGHT", "PRE,POST" or "WEIGHT".
changes::Synapse read_pair(const std::string& label, std::string_view value) {
  const auto parts = split(value);
  changes::Synapse change;
  if (parts.size() > 3) refuse(label, value, "must be PRE,POST,WEIGHT, or a part of it");
  if (parts.size() >= 2) change.between = ChosenPair{read_unit(label, parts[0]), read_unit(label, parts[1])};
  if (parts.size() % 2 == 1) change.weight = read_number(label, parts.back());
  return change;
}

Change read_synapse(const std::string& label, std::string_view value) { return read_pair(label, value); }

Change read_new_synapse(const std::string& label, std::string_view value) {
  changes::Synapse change = read_pair(label, value);
  if (split(value).size() % 2 == 0) refuse(label, value, "must be PRE,POST,WEIGHT, or WEIGHT");
  change.is_new = true;
  return change;
}

Change read_threshold(const std::string& label, std::string_view value) {
  const auto parts = split(value);
  if (parts.size() != 1 && parts.size() != 2) refuse(label, value, "must be UNIT,DELTA, or DELTA");
  changes::Threshold change{.delta = read_number(label, parts.back())};
  if (parts.size() == 2) change.unit = read_unit(label, parts[0]);
  return change;
}

Change read_frozen(const std::string& label, std::string_view value) {
  changes::Freeze change;
  const auto parts = split(value);
  if (parts.empty()) refuse(label, value, "must name a rule");
  for (const std::string_view name : parts) change.rules.insert(rule_named(name));
  return change;
}

Change read_value(const std::string& label, std::string_view value) {
  const ParameterChange change = parameter_change(label, std::string(value));
  static_cast<void>(get_parameter(Parameters{}, change.name));  // an unknown name is an error
  return changes::Set{{{change.name, change.value}}};
}

Change read_lesion(const std::string& label, std::string_view value) {
  changes::Lesion change;
  constexpr std::string_view random = "random:";
  if (value.starts_with(random)) {
    change.drawn = read_unit(label, value.substr(random.size()));
    return change;
  }
  for (const std::string_view unit : split(value)) change.units.push_back(read_unit(label, unit));
  return change;
}

}  // namespace

const std::array<ChangeKind, change_kind_count> change_kinds{{
    {"spike", "[=UNIT]", "the current activity of a unit is the opposite", &read_spike},
    {"synapse", "[=PRE,POST][,WEIGHT]", "a synapse has this weight; without one it is removed", &read_synapse},
    {"new-synapse", "=[PRE,POST,]WEIGHT", "a synapse is added", &read_new_synapse},
    {"threshold", "=[UNIT,]DELTA", "the threshold of a unit is higher", &read_threshold},
    {"freeze", "=RULE[,RULE]", "rules never act", &read_frozen},
    {"set", "=NAME=VALUE", "a hyperparameter has another value", &read_value},
    {"lesion", "=UNIT[,UNIT] or =random:N", "units have lost all their synapses", &read_lesion},
}};

Change change_named(const std::string& label, const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = std::string_view(text).substr(0, equals);
  const auto* const kind =
      std::find_if(change_kinds.begin(), change_kinds.end(), [&](const ChangeKind& row) { return row.name == name; });
  if (kind == change_kinds.end()) {
    std::vector<std::string_view> names;
    names.reserve(change_kinds.size());
    for (const ChangeKind& row : change_kinds) names.push_back(row.name);
    throw_unknown_name("change", name, names);
  }
  const std::string_view value = equals == text.size() ? std::string_view() : std::string_view(text).substr(equals + 1);
  return kind->read(formatted("{} {}", label, name), value);
}

}  // namespace sorn::config
