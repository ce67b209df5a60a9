// Rules of users' own in a step.
#pragma once

#include "core/step.hpp"

#include <sorn/own_rule.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

using OwnRules = std::vector<std::shared_ptr<const OwnRule>>;

/// The advice in the error about a rule that is missing. The command uses its own words.
inline constexpr std::string_view missing_rule_advice = "give it the rule";

/// What an error calls an unknown stage. It may be a rule that was not made: each face adds how it makes one.
inline constexpr std::string_view stage_of_order = "stage of an order";

/// The rule of this name; null: there is none.
const OwnRule* find_rule(const OwnRules& rules, std::string_view name) noexcept;

/// @throws ParameterError if a rule is null, if two have the same name, or if a name cannot be that of a rule
void validate_rules(const OwnRules& rules);

/// The names of rules, and the values of their parameters, by ascending name.
std::vector<GivenRule> described(const OwnRules& rules);

/// Checks the rules of a run with these options.
/// @throws ParameterError if the run needs a rule that is not among `rules`, if a rule changes a W_EI that is static,
/// or
///   if it needs a signal that the run does not have; StateError if the state has memory of another width for a rule
void validate_rules_of_run(const Parameters& parameters, const State& state, const OwnRules& rules,
                           const RunOptions& options);

/// @throws StateError if the state has memory of another width for a rule of this name
void check_memory(const OwnRule& rule, const Parameters& parameters, const State& state);

/// Gives the state the memory of rules that it lacks.
void begin_memory(const Parameters& parameters, const OwnRules& rules, State& state);

/// The memory of the rule of this name; null: there is none.
RuleMemory* find_memory(State& state, std::string_view rule) noexcept;

/// Gives the state this memory in place of the one of the same name, if there is one.
void set_memory(State& state, RuleMemory memory);

/// Allocates what a rule may need in a step: own copies of the weights that it changes and of its memory, and room for
/// new synapses.
void reserve_for(const OwnRule& rule, StepData& step);

/// Applies a rule to a part, and carries out what it asked for. What the rule breaks, or throws, becomes the part's
/// error; the part is then in no defined state.
class OwnRuleTask {
public:
  OwnRuleTask(const OwnRule& rule, StepData& step, Part& part) noexcept;
  void run() noexcept;

private:
  friend LibraryRule;
  friend PartSynapses;
  friend RuleView;

  PartSynapses synapses(CopyOnWrite<SynapseMatrix>& matrix, bool changes, bool is_wee) noexcept;
  std::span<double> memory() const noexcept;
  void vanish(bool is_wee, std::uint32_t column) noexcept;
  void break_promise(std::string what, std::string promise) noexcept;
  void make_synapses() noexcept;

  const OwnRule& rule_;
  StepData& step_;
  Part& part_;
  RuleMemory* memory_;  // null: the rule has none
  RuleView view_;
};

}  // namespace sorn
