#include <sorn/order.hpp>

#include "core/own_rule.hpp"
#include "core/rule.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <optional>

namespace sorn {

namespace {

constexpr std::array<std::string_view, 2> phase_names{"plasticity", "training"};

std::string_view name(const Stage& stage) noexcept {
  if (const auto* act = std::get_if<Act>(&stage)) return act_names[static_cast<std::size_t>(*act)];
  return sorn::name(*std::get_if<Rule>(&stage));
}

[[noreturn]] void refuse(std::span<const Stage> stages, const std::string& rule, const std::string& suggestion = {}) {
  std::vector<std::string_view> words;
  words.reserve(stages.size());
  for (const Stage& stage : stages) words.push_back(name(stage));
  throw ParameterError(formatted("order = '{}'", joined(words, ",")), rule, suggestion);
}

/// The names that a user can give: those of the table, and of own rules.
std::vector<std::string_view> known_rule_names() {
  auto names = rule_names();
  const auto own = own_rule_names();
  names.insert(names.end(), own.begin(), own.end());
  return names;
}

std::optional<Rule> known_rule(std::string_view text) {
  for (const Rule rule : all_rules) {
    if (name(rule) == text) return rule;
  }
  const auto own = own_rule_names();
  if (std::find(own.begin(), own.end(), text) != own.end()) return Rule::own(text);
  return std::nullopt;
}

}  // namespace

Rule rule_named(std::string_view text) {
  if (const auto rule = known_rule(text)) return *rule;
  throw_unknown_name("plasticity rule to freeze", text, known_rule_names());
}

std::vector<std::string_view> names(RuleSet rules) {
  std::vector<std::string_view> found;
  for (const Rule rule : all_rules) {
    if (rules.contains(rule)) found.push_back(name(rule));
  }
  for (const std::string_view own : own_rule_names()) {
    if (rules.contains(Rule::own(own))) found.push_back(own);
  }
  return found;
}

bool freezes(RuleSet frozen, Rule rule) noexcept {
  if (frozen == RuleSet()) return false;
  if (frozen.contains(rule)) return true;
  if (rule.is_own()) return false;
  const std::string_view group = info(rule).group;
  return std::any_of(all_rules.begin(), all_rules.end(),
                     [&](Rule other) { return name(other) == group && frozen.contains(other); });
}

Order::Order(std::span<const Stage> stages) {
  const auto acts = std::count_if(stages.begin(), stages.end(),
                                  [](const Stage& stage) { return std::holds_alternative<Act>(stage); });
  if (acts == 0) {
    push(Act::fire_excitatory);
    push(Act::fire_inhibitory);
  } else {
    const bool both = acts == 2 && std::holds_alternative<Act>(stages[0]) && std::holds_alternative<Act>(stages[1]) &&
                      stages[0] != stages[1];
    if (!both) {
      refuse(stages, "'excitatory' and 'inhibitory' must come once each, before all rules", "or leave both out");
    }
  }
  for (const Stage& stage : stages) {
    const auto* const rule = std::get_if<Rule>(&stage);
    const auto add = [&](const Stage& one) {
      if (std::find(stages_.begin(), stages_.begin() + count_, one) != stages_.begin() + count_) {
        refuse(stages, formatted("'{}' must come at most once", name(one)));
      }
      push(one);
    };
    bool is_group = false;
    for (const Rule member : all_rules) {
      if (rule == nullptr || info(member).group != name(stage)) continue;
      is_group = true;
      add(member);
    }
    if (!is_group) add(stage);
  }
}

void Order::push(Stage stage) {
  if (count_ == most) throw ParameterError("order", formatted("must have at most {} stages", most));
  stages_[count_++] = stage;
}

bool Order::contains(Rule rule) const noexcept {
  const auto all = stages();
  return std::find(all.begin(), all.end(), Stage(rule)) != all.end();
}

std::vector<std::string_view> own_rules(const Order& order) {
  std::vector<std::string_view> found;
  for (const Stage& stage : order.stages()) {
    const auto* const rule = std::get_if<Rule>(&stage);
    if (rule != nullptr && rule->is_own()) found.push_back(name(*rule));
  }
  return found;
}

std::string text(const Order& order) {
  std::vector<std::string_view> words;
  for (const Stage& stage : order.stages()) words.push_back(name(stage));
  return joined(words, ",");
}

Order order_named(std::string_view text) {
  std::vector<Stage> stages;
  constexpr std::string_view between = ", \t\n";
  while (true) {
    const std::size_t begin = text.find_first_not_of(between);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(between, begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    const auto* const act = std::find(act_names.begin(), act_names.end(), word);
    if (act != act_names.end()) {
      stages.emplace_back(static_cast<Act>(act - act_names.begin()));
      continue;
    }
    const auto rule = known_rule(word);
    if (!rule) {
      std::vector<std::string_view> candidates(act_names.begin(), act_names.end());
      const auto rules = known_rule_names();
      candidates.insert(candidates.end(), rules.begin(), rules.end());
      throw_unknown_name(stage_of_order, word, candidates);
    }
    stages.emplace_back(*rule);
  }
  return Order(stages);
}

std::string_view name(Phase phase) noexcept { return phase_names[static_cast<std::size_t>(phase)]; }
Phase phase_named(std::string_view text) { return enumerator_named<Phase>("phase", text, phase_names); }

}  // namespace sorn
