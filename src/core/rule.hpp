// The table of plasticity rules. Each file of the folder rules is a rule, with its row and its call of the kernel; the
// build collects them (every_rule.hpp.in). The step, `freeze`, help texts, errors, reports and Python read the table.
#pragma once

#include <sorn/variant.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace sorn {

struct Part;
struct StepData;

/// What a rule changes in a state.
struct Changes {
  bool te = false;
  bool wee = false;
  bool wei = false;
  constexpr bool operator==(const Changes&) const = default;
};

/// A row of the table.
struct RuleInfo {
  int order;                 ///< place among the rules wherever they are listed
  std::string_view name;     ///< as `freeze` takes it
  std::string_view label;    ///< as reports call it
  std::string_view meaning;  ///< one sentence
  Changes changes;
  /// Allocates what the rule may need in a step, before the step changes anything; may throw. Null: nothing.
  void (*reserve)(StepData& step) = nullptr;
  /// What one thread does for all, while the others wait. Null: nothing.
  void (*prepare)(StepData& step) noexcept = nullptr;
  /// What a thread does for the units of a part, with their incoming synapses.
  void (*apply)(StepData& step, Part& part) noexcept;
};

/// One row for each rule, in ascending order.
std::span<const RuleInfo> rule_table() noexcept;

const RuleInfo& info(Rule rule) noexcept;

/// The names of all rules, in the order of the table.
std::vector<std::string_view> rule_names();

}  // namespace sorn
