#include "runs/drive.hpp"

#include "io/files/checksum.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace sorn::runs {

InputView from_step(InputView view, std::uint64_t step) noexcept {
  if (view.data == nullptr) return view;
  view.data += static_cast<std::ptrdiff_t>(step) * view.step_stride;
  view.steps -= step;
  return view;
}

std::vector<Signal> from_step(std::vector<Signal> signals, std::uint64_t step) {
  for (Signal& signal : signals) {
    if (auto* const array = std::get_if<Signal::Values>(&signal.values)) *array = array->subspan(step);
  }
  return signals;
}

std::vector<Signal> ordered_as(const std::vector<std::string>& names, std::vector<Signal> signals) {
  std::stable_sort(signals.begin(), signals.end(), [&](const Signal& a, const Signal& b) {
    return std::find(names.begin(), names.end(), a.name) < std::find(names.begin(), names.end(), b.name);
  });
  return signals;
}

std::uint64_t drive_checksum(const RunOptions& options, std::uint64_t begin, std::uint64_t end, std::uint64_t before) {
  std::vector<double> values;
  for (std::uint64_t t = begin; t < end; ++t) {
    for (const InputView& view : {options.inputs, options.noise.replay}) {
      if (view.data == nullptr) continue;
      values.resize(view.features);
      for (std::size_t f = 0; f < view.features; ++f) values[f] = view(f, t);
      before = io::crc64(std::as_bytes(std::span(values)), before);
    }
    for (const Signal& signal : options.signals) {
      const auto* const array = std::get_if<Signal::Values>(&signal.values);
      if (array != nullptr) before = io::crc64(std::as_bytes(array->subspan(t, 1)), before);
    }
  }
  return before;
}

std::uint64_t rule_checksum(const OwnRules& rules) {
  std::vector<std::pair<std::string, double>> values;
  for (const auto& rule : rules) {
    for (RuleValue& one : rule->values()) values.emplace_back(formatted("{}.{}", rule->name(), one.name), one.value);
  }
  std::sort(values.begin(), values.end());
  std::uint64_t sum = 0;
  for (const auto& [name, value] : values) {
    sum = io::crc64(std::as_bytes(std::span(name)), sum);
    sum = io::crc64(std::as_bytes(std::span(&value, 1)), sum);
  }
  return sum;
}

void check_values(const std::vector<GivenRule>& began_with, const OwnRules& rules) {
  const auto value_in = [](const std::vector<RuleValue>& values, std::string_view name) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const RuleValue& v) { return v.name == name; });
    return found == values.end() ? std::nullopt : std::optional(found->value);
  };
  const auto in_words = [](std::string_view name, const std::optional<double>& value) {
    return value ? formatted("{} = {}", name, *value) : formatted("no parameter '{}'", name);
  };
  for (const GivenRule& had : began_with) {
    const OwnRule* const rule = find_rule(rules, had.name);
    if (rule == nullptr) continue;
    const std::vector<RuleValue> values = rule->values();
    std::vector<std::string> names;
    for (const std::vector<RuleValue>* const some : {&had.values, &values}) {
      for (const RuleValue& value : *some) names.push_back(value.name);
    }
    for (const std::string& name : names) {
      const auto before = value_in(had.values, name);
      const auto now = value_in(values, name);
      if (before == now || (before && now && std::isnan(*before) && std::isnan(*now))) continue;
      throw StateError(formatted("the rule '{}' with {}", had.name, in_words(name, now)),
                       formatted("it began the run with {}", in_words(name, before)), "give it as it was");
    }
  }
}

bool has_inputs(const RunOptions& options) noexcept {
  return options.inputs.data != nullptr || options.own_source != nullptr;
}

void require_checkpoints_to_keep(const RunPlan& plan) {
  if (plan.keep_checkpoints != every_checkpoint || plan.checkpoint_every > 0) return;
  throw ParameterError("keep_checkpoints: every", "needs checkpoint_every, the steps from one checkpoint to the next",
                       "a number of them needs no checkpoints: it keeps the states of as many steps");
}

void require_drive(const Had& had, const RunOptions& options, const std::vector<std::string>& signals) {
  const auto require_as_before = [&](const char* what, bool given, bool before, const std::string& source) {
    if (given == before) return;
    throw ParameterError(
        given ? formatted("{} for a run that had none", what) : formatted("the run has {}{}", what, source),
        given ? std::string("it goes on as it began") : formatted("they are not in {}", had.file),
        given ? "leave them out" : "give them again");
  };
  require_as_before("inputs", has_inputs(options), had.inputs, formatted(" from '{}'", had.inputs_name));
  require_as_before("replayed noise", options.noise.replay.data != nullptr, had.noise, "");
  const std::vector<std::string> given = signal_names(options.signals);
  if (given == signals) return;
  const auto in_words = [](const std::vector<std::string>& names) {
    return names.empty() ? std::string("no signals") : formatted("signals {}", joined(names, ", "));
  };
  throw ParameterError(formatted("{} for a run with {}", in_words(given), in_words(signals)), "it goes on as it began",
                       signals.empty() ? "leave them out" : "give the same again");
}

}  // namespace sorn::runs
