// The plasticity rules, and the order of a step as a value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// A plasticity rule: a row of the table of rules, to which each file in src/core/rules adds one, or the name of an
/// OwnRule.
class Rule {
public:
  /// The rule of a user's own that has this name: the same Rule for the same name. A program can have 192 of them.
  /// @throws ParameterError if the name is not a lower-case letter, then lower-case letters, digits and underscores, at
  ///   most 63; if it is the name of a rule of the table or of "excitatory" or "inhibitory"; if there are too many
  static Rule own(std::string_view name);

  static const Rule stdp;   ///< spike-timing dependent plasticity of W_EE
  static const Rule ip;     ///< intrinsic plasticity of the excitatory thresholds T_E
  static const Rule sp;     ///< structural plasticity: a new W_EE synapse now and then
  static const Rule istdp;  ///< inhibitory STDP of W_EI
  static const Rule ss;     ///< synaptic scaling: stands for ssee and ssei
  static const Rule ssee;   ///< synaptic scaling of W_EE
  static const Rule ssei;   ///< synaptic scaling of W_EI
  static const Rule ostdp;  ///< STDP of W_OE that the reward modulates
  static const Rule ip_o;   ///< intrinsic plasticity of the thresholds T_O of output units
  static const Rule ssoe;   ///< synaptic scaling of W_OE

  /// The rule in this row of the table, below all_rules.size().
  constexpr explicit Rule(std::size_t row) noexcept : row_(static_cast<std::uint8_t>(row)) {}
  constexpr std::size_t row() const noexcept { return row_; }
  constexpr bool is_own() const noexcept { return row_ >= first_own; }

  static constexpr std::size_t first_own = 64;  ///< rows from here on are names of rules of users' own
  static constexpr std::size_t rows = 256;
  constexpr bool operator==(const Rule&) const = default;

private:
  std::uint8_t row_;
};

/// All rules of the table, in its order.
extern const std::span<const Rule> all_rules;

/// The name of a rule, as `freeze` and `order` take it.
std::string_view name(Rule rule) noexcept;

/// The rule of this name, in the table or of a user's own that Rule::own() has made.
/// @throws UnknownNameError with the nearest valid name
Rule rule_named(std::string_view text);

/// A set of plasticity rules, such as those that a run freezes.
class RuleSet {
public:
  constexpr RuleSet() = default;
  constexpr RuleSet(std::initializer_list<Rule> rules) {
    for (const Rule rule : rules) insert(rule);
  }
  constexpr void insert(Rule rule) noexcept { bits_[rule.row() / 64] |= bit(rule); }
  constexpr bool contains(Rule rule) const noexcept { return (bits_[rule.row() / 64] & bit(rule)) != 0; }
  constexpr bool operator==(const RuleSet&) const = default;

private:
  static constexpr std::uint64_t bit(Rule rule) noexcept { return std::uint64_t{1} << rule.row() % 64; }
  std::array<std::uint64_t, Rule::rows / 64> bits_{};
};

/// The names of these rules: those of the table in its order, then users' own ones in the order of their making.
std::vector<std::string_view> names(RuleSet rules);

/// Whether a run that freezes these rules freezes `rule`: it is among them, or one of them stands for it.
bool freezes(RuleSet frozen, Rule rule) noexcept;

/// What a step does besides the plasticity rules.
enum class Act : std::uint8_t {
  fire_excitatory,  ///< R and x', from x, y, the input and the noise; "excitatory" in texts
  fire_inhibitory,  ///< y', from x or x'; "inhibitory" in texts
};

/// A stage of a step.
using Stage = std::variant<Act, Rule>;

/// The stages of a step in their order: both populations fire, then the rules act. Rules read x, x' and y.
class Order {
public:
  static constexpr std::size_t most = 32;  ///< the largest number of stages

  /// Excitatory and inhibitory units fire, and no rule acts.
  Order() : Order(std::span<const Stage>()) {}
  /// If the stages do not say which units fire first, excitatory units do. Rule::ss is replaced by the rules that it
  /// stands for.
  /// @throws ParameterError if only one population fires or one fires twice, if a rule acts before both have fired, or
  ///   if a rule comes twice
  Order(std::initializer_list<Stage> stages) : Order(std::span<const Stage>(stages.begin(), stages.size())) {}
  explicit Order(std::span<const Stage> stages);

  std::span<const Stage> stages() const noexcept { return std::span(stages_).first(count_); }
  bool contains(Rule rule) const noexcept;
  /// Whether the inhibitory units come before the excitatory ones.
  bool inhibitory_first() const noexcept {
    const auto* const first = std::get_if<Act>(stages_.data());
    return first != nullptr && *first == Act::fire_inhibitory;
  }
  bool operator==(const Order&) const = default;

private:
  void push(Stage stage);

  std::array<Stage, most> stages_{};
  std::size_t count_ = 0;
};

/// The names of the users' own rules among the stages.
std::vector<std::string_view> own_rules(const Order& order);

/// "excitatory,inhibitory,stdp,ip": the inverse of order_named().
std::string text(const Order& order);

/// The order of a text such as "stdp, ip, ss" or "excitatory,inhibitory,stdp".
/// @throws UnknownNameError with the nearest valid name, and ParameterError as the constructor of Order
Order order_named(std::string_view text);

/// Whether a run changes the network's weights and thresholds.
enum class Phase : std::uint8_t {
  plasticity,  ///< all rules that are not frozen act
  training,    ///< activity only: no rule acts, except intrinsic plasticity if `always_ip` is on
};

std::string_view name(Phase phase) noexcept;

/// @throws UnknownNameError with the nearest valid name
Phase phase_named(std::string_view text);

}  // namespace sorn
