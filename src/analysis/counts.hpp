// Counts of a run's spikes and synapses, made while it runs, in memory that does not grow with its length. All sums are
// of whole numbers, so that they are exact: a measure that is made from them is the same in every bit, whether the
// spikes were counted while the network ran or afterwards.
#pragma once

#include <sorn/network.hpp>
#include <sorn/spike_train.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::analysis {

__extension__ using Wide = unsigned __int128;  // a square of all spikes of a long run has more than 64 bits

/// Sums over the activity A(t) of a network, which is a whole number in each step.
class ActivitySums {
public:
  void add(std::uint64_t activity) noexcept;

  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t sum() const noexcept { return sum_; }
  /// Steps² times the variance.
  Wide scaled_variance() const noexcept { return steps_ * squares_ - static_cast<Wide>(sum_) * sum_; }
  /// The standard deviation; not defined for a single step.
  std::optional<double> deviation() const;
  /// By BranchingEstimator::regression.
  std::optional<double> branching_ratio() const noexcept;

private:
  std::uint64_t steps_ = 0;
  std::uint64_t sum_ = 0;
  Wide squares_ = 0;         // Σ A(t)²
  Wide products_ = 0;        // Σ A(t)·A(t+1)
  std::uint64_t first_ = 0;  // A of the first step
  std::uint64_t last_ = 0;   // and of the last
};

/// The spikes of a population, counted by unit and by step.
class SpikeCounts {
public:
  /// Of a population that has not been seen yet.
  explicit SpikeCounts(std::size_t units) : recent_(units), totals_(units) {}
  explicit SpikeCounts(const SpikeTrain& train);

  /// Counts a step: a byte, 0 or 1, for each unit.
  void add(std::span<const std::uint8_t> spikes) noexcept;

  const ActivitySums& activity() const noexcept { return activity_; }
  std::size_t units() const noexcept { return totals_.size(); }
  /// The spikes of a unit.
  std::uint64_t operator[](std::size_t unit) const noexcept { return totals_[unit] + recent_[unit]; }

  /// Spikes of a unit in a step.
  std::optional<double> mean_rate() const noexcept;
  std::optional<double> synchrony() const;
  std::optional<double> source_entropy(std::size_t sources) const;

private:
  ActivitySums activity_{};
  std::vector<std::uint8_t> recent_;  // spikes of each unit since they were added to the totals
  std::vector<std::uint64_t> totals_;
};

/// Numbers of W_EE synapses on entry to steps.
struct SynapseCounts {
  std::uint64_t first = 0;   ///< to the first of the steps
  std::uint64_t fewest = 0;  ///< to any of them
};

/// What is known of a run. Whoever gathers it keeps what it points at.
struct Observed {
  const State* state = nullptr;             ///< after the run
  const SpikeCounts* spikes = nullptr;      ///< of the population; without them they are counted in the train
  const SpikeTrain* train = nullptr;        ///< of the same units and steps
  std::optional<SynapseCounts> synapses{};  ///< on entry to the steps
  bool saw_inhibitory = false;              ///< whether the next is that of the same steps
  std::optional<double> inhibitory_rate{};  ///< spikes of an inhibitory unit in a step
};

/// The one observer that counts.
class RunCounter final : public Observer {
public:
  /// @param skip  steps at the beginning that do not count
  RunCounter(std::size_t ne, std::size_t ni, std::uint64_t skip = 0) : skip_(skip), excitatory_(ne), ni_(ni) {}

  /// Makes room for the spike train of a run of `steps` > skip steps, which is then kept too.
  /// @throws ParameterError if that is more than the memory of this machine
  void keep_train(std::uint64_t steps);

  Outcome on_step(const StepView& view) override;

  const SpikeCounts& excitatory() const noexcept { return excitatory_; }
  /// All that was seen, and the network at its end; it must not outlive either.
  Observed observed(const State& state) const noexcept;

private:
  std::uint64_t skip_;
  std::uint64_t seen_ = 0;
  SpikeCounts excitatory_;
  std::size_t ni_;
  std::uint64_t inhibitory_spikes_ = 0;
  std::optional<SynapseCounts> synapses_{};
  std::optional<SpikeTrain> train_{};
};

}  // namespace sorn::analysis
