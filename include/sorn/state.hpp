// The state of a network as one comparable value.
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/synapses.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn {

/// Shares a value between copies until one of them changes it. This makes it cheap to copy a State.
template <class T>
class CopyOnWrite {
public:
  CopyOnWrite() : value_(std::make_shared<T>()) {}
  CopyOnWrite(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  CopyOnWrite(const CopyOnWrite& other) noexcept : value_(other.value_) {}
  CopyOnWrite(CopyOnWrite&& other) noexcept = default;
  /// Keeps the memory of the value before, if nobody shares it, for the next copy in mutate().
  CopyOnWrite& operator=(const CopyOnWrite& other) noexcept {
    if (this == &other || value_ == other.value_) return *this;
    if (value_.use_count() == 1) spare_ = std::move(value_);
    value_ = other.value_;
    return *this;
  }
  CopyOnWrite& operator=(CopyOnWrite&& other) noexcept = default;
  ~CopyOnWrite() = default;

  const T& operator*() const noexcept { return *value_; }
  const T* operator->() const noexcept { return value_.get(); }
  /// The value for writing. It is copied first if another copy shares it.
  T& mutate() {
    if (value_.use_count() > 1) value_ = copied();
    // A thread that has just released the value had finished reading it. use_count() alone does not guarantee this
    // order.
    std::atomic_thread_fence(std::memory_order_acquire);
    return *value_;
  }
  bool operator==(const CopyOnWrite& other) const noexcept {
    return value_ == other.value_ || *value_ == *other.value_;
  }

private:
  std::shared_ptr<T> copied() {
    std::shared_ptr<T> spare = std::exchange(spare_, nullptr);
    if (!spare) return std::make_shared<T>(*value_);
    *spare = *value_;
    return spare;
  }

  std::shared_ptr<T> value_;
  std::shared_ptr<T> spare_;  // memory for a copy, which nobody else has; or null
};

/// The largest number of steps of a network, so that step numbers fit into signed 64 bits everywhere (files, Python,
/// NumPy).
inline constexpr std::uint64_t last_step = (std::uint64_t{1} << 63U) - 1;

/// A pair of excitatory units that structural plasticity has chosen for a synapse.
struct ChosenPair {
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  bool operator==(const ChosenPair&) const = default;
};

/// The numbers that a rule of a user's own keeps from step to step (OwnRule::memory_width()).
struct RuleMemory {
  std::string name;       ///< of the rule
  std::size_t width = 0;  ///< numbers for each excitatory unit
  /// `width` numbers for each unit onto which the state has synapses: all of a whole network, or those of a rank.
  CopyOnWrite<std::vector<double>> values;
  bool operator==(const RuleMemory&) const = default;
};

/// The output layer of a network: `no` units that read all excitatory units. A network without one has empty lists.
struct OutputLayer {
  std::vector<double> woe;      ///< (ne, no), excitatory → output: W_OE[pre][post]
  std::vector<double> to;       ///< (no), thresholds
  std::vector<double> h_o;      ///< (no), target rate of each unit; empty: Parameters::output_target()
  std::vector<std::uint8_t> o;  ///< (no), activity: 0 or 1
  /// The last rewards, at most Parameters::reward_window, the oldest first.
  std::vector<double> rewards;
  /// (ne), the drive that Network::act() was given, while its learn() has not come; otherwise empty.
  std::vector<double> pending;

  std::size_t no() const noexcept { return to.size(); }
  bool operator==(const OutputLayer&) const = default;
};

/// Everything that changes while a network runs, and the seed of its random numbers. `run(5)` gives the same State as
/// `run(2)`, save, load, `run(3)`.
struct State {
  CopyOnWrite<SynapseMatrix> wee;           ///< (ne, ne), excitatory → excitatory
  CopyOnWrite<SynapseMatrix> wei;           ///< (ni, ne), inhibitory → excitatory, stored positive
  CopyOnWrite<SynapseMatrix> wie;           ///< (ne, ni), excitatory → inhibitory
  std::vector<double> te;                   ///< (ne), excitatory thresholds
  std::vector<double> ti;                   ///< (ni), inhibitory thresholds
  std::vector<std::uint8_t> x_previous, x;  ///< (ne), columns 0 and 1 of `X`: 0 or 1
  std::vector<std::uint8_t> y_previous, y;  ///< (ni), columns 0 and 1 of `Y`: 0 or 1
  /// (ne), target rate of each unit; empty: they follow from the hyperparameters and the seed.
  std::vector<double> h_ip;
  /// Pairs that wait until Parameters::sp_batch pairs are chosen, in the order of their choice; all ranks have all.
  std::vector<ChosenPair> sp_queue;
  std::vector<RuleMemory> rule_memory;  ///< of rules of users' own, by ascending name
  OutputLayer output;                   ///< all ranks have all of it
  std::uint64_t seed = 0;
  std::uint64_t step = 0;  ///< steps done since the network was built

  std::size_t ne() const noexcept { return te.size(); }
  std::size_t ni() const noexcept { return ti.size(); }
  bool operator==(const State&) const = default;
};

/// The state of a new network (docs/model.md, "Building a network"). The same seed builds the same network everywhere.
/// @throws ParameterError if the parameters are invalid or the network would not fit into memory
State build_state(const Parameters& parameters, std::uint64_t seed);

/// Checks a state from any source: shapes, ranges, finite numbers, no self-connections, at most `last_step` steps done.
/// @throws ShapeError, StateError
void validate(const State& state);

/// Checks one dense [pre][post] weight matrix before it becomes a SynapseMatrix: finite, ≥ 0, and with `zero_diagonal`
/// no self-connections. Errors call it `name`.
/// @throws StateError
void validate_weights(std::string_view name, std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                      bool zero_diagonal);

}  // namespace sorn
