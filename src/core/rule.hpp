// The table of plasticity rules. Each file in the folder `rules` holds one rule: its row, and a function that calls its
// kernel. The build collects them (every_rule.hpp.in). The step, `freeze`, help texts, errors, reports and Python read
// the table.
#pragma once

#include <sorn/order.hpp>
#include <sorn/own_rule.hpp>

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

struct Part;
struct StepData;

/// A row of the table. A group stands for other rules and has no function.
struct RuleInfo {
  int order;                 ///< position in every list of the rules
  std::string_view name;     ///< as `freeze` takes it
  std::string_view label;    ///< name in reports
  std::string_view meaning;  ///< one sentence
  Changes changes;
  std::string_view group{};  ///< the name of the group that stands for this rule; empty: none
  /// Allocates the memory that the rule may need, before the step changes anything. May throw. Null: it needs none.
  void (*reserve)(StepData& step) = nullptr;
  /// Whether prepare() has work in a step.
  bool (*prepares)(const StepData& step) noexcept = nullptr;
  /// Work that one thread does for all, while the others wait. Null: there is none.
  void (*prepare)(StepData& step) noexcept = nullptr;
  /// Applies the rule to the units of a part and to their incoming synapses.
  void (*apply)(StepData& step, Part& part) noexcept = nullptr;

  constexpr bool is_group() const noexcept { return apply == nullptr; }
};

/// One row for each rule, in ascending order.
std::span<const RuleInfo> rule_table() noexcept;

/// The row of a rule of the table.
const RuleInfo& info(Rule rule) noexcept;

/// The names of Act, in its order.
inline constexpr std::array<std::string_view, 2> act_names{"excitatory", "inhibitory"};

/// Whether a text is the name of an act or of a rule of the table, which no user's own rule can have.
bool names_known_stage(std::string_view text) noexcept;

/// The names of all rules, in the order of the table.
std::vector<std::string_view> rule_names();

/// The names of users' own rules that Rule::own() has made, in the order of their making.
std::vector<std::string_view> own_rule_names();

}  // namespace sorn
