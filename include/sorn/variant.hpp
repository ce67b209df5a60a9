// Published SORNs differ in the stages of a step and in the recipe for a new network. Both are values here.
// One step (src/core/step.cpp) and one builder interpret them; no variant has a step of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// A plasticity rule: a row of the table of rules. Each file in src/core/rules adds one row.
class Rule {
public:
  static const Rule stdp;   ///< spike-timing dependent plasticity of W_EE
  static const Rule ip;     ///< intrinsic plasticity of the excitatory thresholds T_E
  static const Rule sp;     ///< structural plasticity: a new W_EE synapse now and then
  static const Rule istdp;  ///< inhibitory STDP of W_EI
  static const Rule ss;     ///< synaptic scaling: incoming W_EE and W_EI of each unit sum to 1

  /// The rule in this row of the table, below all_rules.size().
  constexpr explicit Rule(std::size_t row) noexcept : row_(static_cast<std::uint8_t>(row)) {}
  constexpr std::size_t row() const noexcept { return row_; }
  constexpr bool operator==(const Rule&) const = default;

private:
  std::uint8_t row_;
};

/// All rules, in the order of the table.
extern const std::span<const Rule> all_rules;

/// The name of a rule, as `freeze` takes it.
std::string_view name(Rule rule) noexcept;

/// The rule of this name. @throws UnknownNameError with the nearest valid name
Rule rule_named(std::string_view text);

/// A set of plasticity rules, such as those that a run freezes.
class RuleSet {
public:
  static constexpr std::size_t most = 64;  ///< the largest number of rules

  constexpr RuleSet() = default;
  constexpr RuleSet(std::initializer_list<Rule> rules) {
    for (const Rule rule : rules) insert(rule);
  }
  constexpr void insert(Rule rule) noexcept { bits_ |= bit(rule); }
  constexpr bool contains(Rule rule) const noexcept { return (bits_ & bit(rule)) != 0; }
  constexpr bool operator==(const RuleSet&) const = default;

private:
  static constexpr std::uint64_t bit(Rule rule) noexcept { return std::uint64_t{1} << rule.row(); }
  std::uint64_t bits_ = 0;
};

/// The names of these rules, in the order of the table.
std::vector<std::string_view> names(RuleSet rules);

/// What a step does besides the plasticity rules.
enum class Act : std::uint8_t {
  fire_excitatory,  ///< R and x', from x, y, the input and the noise
  fire_inhibitory,  ///< y', from x' if x' is already shared, else from x
  share,            ///< makes the new activity known to all units
};

/// A stage of a step.
using Stage = std::variant<Act, Rule>;

/// How a new network is initialised.
struct Recipe {
  /// Weights are drawn from U(0, highest_weight); then the incoming weights of each unit are divided by their sum.
  double highest_weight{};
  double active_excitatory{};           ///< probability that an excitatory unit is active on entry to the first step
  double active_inhibitory{};           ///< the same for an inhibitory unit
  std::optional<double> target_rate{};  ///< H_IP if h_ip is not set; if this is not set either: 2·nu/ne
};

/// The published networks that this version can run.
enum class VariantName : std::uint8_t {
  nambusubramaniyan2021,  ///< doi 10.21105/joss.03545, the default
};

/// What distinguishes one published SORN from another: a row of the table of variants.
struct Variant {
  std::string_view name{};     ///< the value of the hyperparameter `variant`
  std::string_view meaning{};  ///< a few words and the publication
  /// The stages of a step in their order. Inhibition is slow (y' depends on x) if the inhibitory units fire before x'
  /// is shared, and fast (y' depends on x') if they fire after it. Rules come after all activity is shared.
  std::span<const Stage> stages;
  Recipe recipe{};
  /// Standard deviation of the Gaussian noise if the caller only switches noise on.
  double noise_sigma{};
};

/// One row for each VariantName, in their order.
std::span<const Variant> variant_table() noexcept;

const Variant& variant(VariantName which) noexcept;

std::string_view name(VariantName which) noexcept;

/// @throws UnknownNameError with the nearest valid name
VariantName variant_named(std::string_view text);

/// Whether a run changes the network's weights and thresholds.
enum class Phase : std::uint8_t {
  plasticity,  ///< all rules that are not frozen act
  training,    ///< activity only: weights and thresholds do not change
};

std::string_view name(Phase phase) noexcept;

/// @throws UnknownNameError with the nearest valid name
Phase phase_named(std::string_view text);

}  // namespace sorn
