// Rules of your own: a class of yours changes weights and thresholds in each step, beside the rules of the table.
#pragma once

#include <sorn/outgoing_synapse.hpp>
#include <sorn/parameters.hpp>
#include <sorn/unit_range.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// What a rule changes in a state.
struct Changes {
  bool te = false;
  bool wee = false;
  bool wei = false;
  bool outputs = false;  ///< W_OE and T_O: only rules of the table do
  constexpr bool operator==(const Changes&) const = default;
};

/// The value of a parameter of a rule of your own.
struct RuleValue {
  std::string name;
  double value;
  bool operator==(const RuleValue&) const = default;
};

/// A rule of your own that a run was given.
struct GivenRule {
  std::string name;
  std::vector<RuleValue> values;  ///< OwnRule::values(), by ascending name
  bool operator==(const GivenRule&) const = default;
};

class LibraryRule;  // a rule from a shared library
class OwnRuleTask;  // it applies a rule to a part of a network

/// The synapses of one matrix, W_EE or W_EI, onto the units of a part, as a rule of your own sees and changes them.
/// Units have their numbers in the network. A weight that is set to 0 removes its synapse after the rule, except from a
/// W_EE with resting synapses (Parameters::keep_zero).
class PartSynapses {
public:
  std::size_t n_pre() const noexcept { return arrays_.n_pre; }
  UnitRange posts() const noexcept { return {arrays_.first_post, arrays_.first_post + arrays_.n_post}; }

  /// The synapses of a unit of the part, in ascending presynaptic unit.
  std::span<const std::uint32_t> pre_of(std::size_t post) const noexcept {
    return {arrays_.pre + start(post), arrays_.length[post - arrays_.first_post]};
  }
  std::span<const double> weights_of(std::size_t post) const noexcept {
    return {arrays_.weight + start(post), arrays_.length[post - arrays_.first_post]};
  }
  /// The synapses of any presynaptic unit onto units of the part, in no particular order. None if the matrix is static.
  std::span<const Outgoing> from(std::size_t pre) const noexcept {
    return arrays_.row_length == nullptr
               ? std::span<const Outgoing>()
               : std::span(arrays_.outgoing + arrays_.row_start[pre], arrays_.row_length[pre]);
  }
  /// The unit that a synapse of from() leads to.
  std::size_t post(Outgoing synapse) const noexcept { return arrays_.first_post + synapse.post(); }
  double weight(Outgoing synapse) const noexcept { return arrays_.weight[synapse.entry()]; }
  /// Whether this is a synapse onto a unit of the part.
  bool has(Outgoing synapse) const noexcept {
    return synapse.post() < arrays_.n_post && synapse.entry() >= arrays_.start[synapse.post()] &&
           synapse.entry() - arrays_.start[synapse.post()] < arrays_.length[synapse.post()];
  }

  /// Sets the weight of a synapse of from().
  /// @param weight  finite and at least 0; otherwise the run ends with a RuleError
  void set(Outgoing synapse, double weight) noexcept { set_entry(synapse.entry(), synapse.post(), weight); }
  /// Sets the weight of synapse `k` of a unit, as pre_of() and weights_of() number them.
  void set(std::size_t post, std::size_t k, double weight) noexcept {
    set_entry(start(post) + static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(post - arrays_.first_post),
              weight);
  }
  /// Makes a synapse after the rule, or sets the weight of the one that exists.
  /// @param post    a unit of the part
  /// @param weight  finite and above 0
  /// A wrong unit or weight, a self-connection in W_EE, or more synapses in a step than OwnRule::most_new() end the run
  /// with a RuleError.
  void make(std::size_t pre, std::size_t post, double weight) noexcept;

private:
  friend LibraryRule;
  friend OwnRuleTask;
  struct Arrays {
    std::size_t n_pre = 0, n_post = 0, first_post = 0;
    const std::uint32_t* start = nullptr;
    const std::uint32_t* length = nullptr;
    const std::uint32_t* pre = nullptr;
    double* weight = nullptr;
    std::uint8_t* settled = nullptr;  // 0: scaling must look at the column
    const std::uint32_t* row_start = nullptr;
    const std::uint32_t* row_length = nullptr;
    const Outgoing* outgoing = nullptr;
  };

  PartSynapses(const Arrays& arrays, double high, bool is_wee, OwnRuleTask& task) noexcept
      : arrays_(arrays), high_(high), is_wee_(is_wee), task_(&task) {}

  std::uint32_t start(std::size_t post) const noexcept { return arrays_.start[post - arrays_.first_post]; }
  void set_entry(std::uint32_t entry, std::uint32_t column, double weight) noexcept {
    if (weight > 0.0 && weight <= high_) {
      arrays_.weight[entry] = weight;
      arrays_.settled[column] = 0;
    } else {
      set_unusual(entry, column, weight);
    }
  }
  void set_unusual(std::uint32_t entry, std::uint32_t column, double weight) noexcept;

  Arrays arrays_;
  double high_;  // the upper bound of weights; below 0 if the rule may not change the matrix
  bool is_wee_;
  OwnRuleTask* task_;
};

/// What a rule of your own sees in a step: a part of the network, and what the rule may change there. Threads and ranks
/// have parts of their own; a rule must treat each unit and each synapse in the same way, whichever part has it.
class RuleView {
public:
  std::uint64_t step;                       ///< number of the step, from 0 when the network was built
  const Parameters& parameters;             ///< of the network
  UnitRange units;                          ///< the excitatory units of the part
  std::span<const std::uint8_t> x;          ///< ne values: excitatory activity before the step
  std::span<const std::uint8_t> next_x;     ///< ne values: the new excitatory activity x'
  std::span<const std::uint8_t> y;          ///< ni values: inhibitory activity before the step
  std::span<const std::uint8_t> next_y;     ///< ni values: the new inhibitory activity y'
  std::span<const std::uint32_t> active_x;  ///< the units that fire in x, ascending; likewise in next_x and y
  std::span<const std::uint32_t> active_next_x;
  std::span<const std::uint32_t> active_y;
  std::span<const double> target;  ///< a value for each unit of the part: its target rate H_IP
  std::span<const double> te;      ///< a value for each unit of the part: its threshold T_E
  std::size_t memory_width;        ///< OwnRule::memory_width()
  std::span<double> memory;        ///< memory_width numbers for each unit of the part, kept from step to step
  PartSynapses wee, wei;

  /// The memory of a unit of the part.
  std::span<double> memory_of(std::size_t unit) const noexcept {
    return memory.subspan((unit - units.begin) * memory_width, memory_width);
  }

  /// Sets the threshold of a unit of the part.
  /// @param value  finite; otherwise the run ends with a RuleError
  void set_te(std::size_t unit, double value) noexcept;

  /// The value of a signal of the run in this step; unset if the run has none of this name, or if the step has no value
  /// of it.
  std::optional<double> signal(std::string_view name) const noexcept;

  /// A random number, uniform in (0, 1): a function of the network's seed, the rule's name, the step, `unit` and
  /// `draw`, so that it is the same on any number of threads and ranks.
  double uniform(std::uint32_t unit, std::uint32_t draw = 0) const noexcept;

private:
  friend LibraryRule;
  friend OwnRuleTask;
  explicit RuleView(OwnRuleTask& task) noexcept;

  OwnRuleTask& task_;
};

/// The memory of a rule of your own for one unit, before the first step with the rule.
struct MemoryStart {
  const Parameters& parameters;  ///< of the network
  std::uint64_t seed;            ///< of the network
  std::string_view rule;         ///< its name
  std::size_t unit;              ///< an excitatory unit
  std::span<double> memory;      ///< OwnRule::memory_width() numbers to set; they are 0

  /// A random number, uniform in (0, 1): a function of the seed, the rule's name, the unit and `draw`. No step draws
  /// the same.
  double uniform(std::uint32_t draw = 0) const noexcept;
};

/// A rule of your own. Network::set_rules() gives it to a network, whose Parameters::order names it where it acts.
/// Parts of a network call apply() at the same time in different threads.
class OwnRule {
public:
  OwnRule() = default;
  OwnRule(const OwnRule&) = delete;
  OwnRule& operator=(const OwnRule&) = delete;
  virtual ~OwnRule() = default;

  /// The name in `order` and `freeze`: Rule::own() says what it may be.
  virtual std::string_view name() const noexcept = 0;
  /// What the rule changes. A rule that sets something else ends the run with a RuleError.
  virtual Changes changes() const noexcept = 0;
  /// The largest number of synapses that the rule makes in a step onto the units of one part.
  virtual std::size_t most_new() const noexcept { return 0; }
  /// The parameters of the rule. Files keep them. A run into a file is resumed only if they have the values that it
  /// began with.
  virtual std::vector<RuleValue> values() const { return {}; }
  /// The signals that the rule needs. A run without one of them is refused before its first step.
  virtual std::vector<std::string> needs() const { return {}; }
  /// How many numbers the rule keeps from step to step for each excitatory unit, such as 2, or ne for one for each
  /// pair of units: at most 2^31 - 1. They are part of the State of the network, so that copies and files have them.
  virtual std::size_t memory_width(const Parameters& parameters) const;
  /// Sets these numbers for a unit, before the first run with the rule. It must depend on nothing but its argument and
  /// constants of the rule.
  virtual void begin_memory(const MemoryStart& start) const;
  /// Applies the rule to a part. It must depend on nothing but the view and constants of the rule. An exception, as
  /// well as a broken promise, ends the run before this step.
  virtual void apply(RuleView& part) const = 0;
};

}  // namespace sorn
