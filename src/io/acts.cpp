#include "io/acts.hpp"

#include "support/format.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sorn::io {

using sources::Entry;
using sources::Table;
using sources::Value;

namespace {

/// A row for each kind of act: its name, and the key of its argument.
struct ActRow {
  ActKind kind;
  std::string_view name;
  std::string_view argument;  ///< empty: it has none
};

constexpr std::array<ActRow, 6> act_rows{{
    {ActKind::pause, "pause", ""},
    {ActKind::go_on, "continue", ""},
    {ActKind::step, "step", "steps"},
    {ActKind::freeze, "freeze", "rule"},
    {ActKind::unfreeze, "unfreeze", "rule"},
    {ActKind::noise, "noise", "sigma"},
}};

const ActRow& row_of(ActKind kind) noexcept { return act_rows[static_cast<std::size_t>(kind)]; }

std::string names_in_words() {
  std::vector<std::string_view> names;
  names.reserve(act_rows.size());
  for (const ActRow& row : act_rows) names.push_back(row.name);
  return joined(names, ", ");
}

const Value* value_at(const Table& object, std::string_view key) {
  const auto found = std::find_if(object.begin(), object.end(), [&](const Entry& entry) { return entry.key == key; });
  return found == object.end() ? nullptr : &found->value;
}

[[noreturn]] void refuse(std::string_view key, const Value* value, std::string_view rule) {
  constexpr std::size_t longest = 80;
  if (value == nullptr) throw ParameterError(formatted("an act without '{}'", key), formatted("{} {}", key, rule));
  throw ParameterError(formatted("'{}' = {}", key, printable_beginning(sources::shown(*value), longest)),
                       std::string(rule));
}

std::optional<std::uint64_t> number_in(const Value* value) {
  constexpr double most = 9e15;  // each whole number below is one of double
  if (value == nullptr) return {};
  if (const auto* whole = std::get_if<std::int64_t>(&value->value)) {
    return *whole < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*whole));
  }
  const auto* const real = std::get_if<double>(&value->value);
  if (real == nullptr || !(*real >= 0.0 && *real <= most) || *real != std::floor(*real)) return {};
  return static_cast<std::uint64_t>(*real);
}

}  // namespace

std::uint64_t taken_number(Table& object, std::string_view key) {
  const Value* const value = value_at(object, key);
  const auto number = number_in(value);
  if (!number) refuse(key, value, "must be a whole number from 0 on");
  std::erase_if(object, [&](const Entry& entry) { return entry.key == key; });
  return *number;
}

LoggedAct act_of(const Table& object) {
  const Value* const kind = value_at(object, "act");
  const auto* const word = kind == nullptr ? nullptr : std::get_if<std::string>(&kind->value);
  if (word == nullptr) refuse("act", kind, formatted("must be one of {}", names_in_words()));
  const auto* const row =
      std::find_if(act_rows.begin(), act_rows.end(), [&](const ActRow& one) { return one.name == *word; });
  if (row == act_rows.end()) refuse("act", kind, formatted("must be one of {}", names_in_words()));
  for (const Entry& entry : object) {
    if (entry.key == "act" || entry.key == row->argument) continue;
    constexpr std::size_t longest = 80;
    throw ParameterError(formatted("'{}' of an act '{}'", printable_beginning(entry.key, longest), row->name),
                         row->argument.empty() ? "it has no such key" : formatted("its key is '{}'", row->argument));
  }
  if (object.size() > 2)
    throw ParameterError(formatted("an act '{}' that gives a key twice", row->name), "once is enough");

  LoggedAct act;
  act.kind = row->kind;
  const Value* const argument = value_at(object, row->argument);
  if (row->argument == "steps") {
    act.steps = number_in(argument).value_or(0);
    if (act.steps == 0) refuse("steps", argument, "must be a whole number from 1 on");
  } else if (row->argument == "rule") {
    const auto* const rule = argument == nullptr ? nullptr : std::get_if<std::string>(&argument->value);
    if (rule == nullptr) refuse("rule", argument, "must be the name of a plasticity rule");
    act.rule = *rule;
  } else if (row->argument == "sigma") {
    const auto* const whole = argument == nullptr ? nullptr : std::get_if<std::int64_t>(&argument->value);
    const auto* const real = argument == nullptr ? nullptr : std::get_if<double>(&argument->value);
    if (whole == nullptr && real == nullptr) refuse("sigma", argument, "must be a number");
    act.sigma = real != nullptr ? *real : static_cast<double>(*whole);
  }
  return act;
}

std::string in_words(const LoggedAct& act) {
  const ActRow& row = row_of(act.kind);
  if (row.argument == "steps") return formatted("{} {}", row.name, act.steps);
  if (row.argument == "rule") return formatted("{} '{}'", row.name, act.rule);
  if (row.argument == "sigma") return formatted("{} {}", row.name, act.sigma);
  return std::string(row.name);
}

std::string text(const LoggedAct& act) {
  const ActRow& row = row_of(act.kind);
  Table object{{"step", {static_cast<std::int64_t>(act.step)}}, {"act", {std::string(row.name)}}};
  if (row.argument == "steps") object.push_back({"steps", {static_cast<std::int64_t>(act.steps)}});
  if (row.argument == "rule") object.push_back({"rule", {act.rule}});
  if (row.argument == "sigma") object.push_back({"sigma", {act.sigma}});
  return sources::json({std::move(object)});
}

}  // namespace sorn::io
