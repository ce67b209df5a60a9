// Counts of the spikes and synapses of a run, made during the run, in memory that does not grow with its length. All
// sums are exact, because they are of whole numbers. So a measure has the same bits whether the spikes were counted
// during the run or afterwards.
#pragma once

#include <sorn/network.hpp>
#include <sorn/spike_train.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::analysis {

__extension__ using Wide = unsigned __int128;  // the square of all spikes of a long run needs more than 64 bits

/// The sum of bytes that are 0 or 1.
std::uint64_t count_ones(std::span<const std::uint8_t> bytes) noexcept;

/// The mean number of spikes of a unit in a step.
std::optional<double> mean_rate(std::uint64_t spikes, std::uint64_t steps, std::size_t units) noexcept;

/// Sums over the activity A(t) of a network, a whole number in each step.
class ActivitySums {
public:
  void add(std::uint64_t activity) noexcept;

  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t sum() const noexcept { return sum_; }
  /// The variance, multiplied by steps².
  Wide scaled_variance() const noexcept { return steps_ * squares_ - static_cast<Wide>(sum_) * sum_; }
  /// The standard deviation. Not defined for a single step.
  std::optional<double> deviation() const;
  /// The branching ratio by BranchingEstimator::regression.
  std::optional<double> branching_ratio() const noexcept;

private:
  std::uint64_t steps_ = 0;
  std::uint64_t sum_ = 0;
  Wide squares_ = 0;         // Σ A(t)²
  Wide products_ = 0;        // Σ A(t)·A(t+1)
  std::uint64_t first_ = 0;  // A of the first step
  std::uint64_t last_ = 0;   // A of the last step
};

/// The numbers of spikes of a population, for each unit and for each step.
class SpikeCounts {
public:
  /// No counts yet, of a population of this size.
  explicit SpikeCounts(std::size_t units) : recent_(units), totals_(units) {}
  explicit SpikeCounts(const SpikeSource& source);
  SpikeCounts(std::span<const std::uint64_t> totals, const ActivitySums& activity)
      : activity_(activity), recent_(totals.size()), totals_(totals.begin(), totals.end()) {}

  /// Counts a step, given as a byte, 0 or 1, for each unit.
  void add(std::span<const std::uint8_t> spikes) noexcept;

  const ActivitySums& activity() const noexcept { return activity_; }
  std::size_t units() const noexcept { return totals_.size(); }
  /// The number of spikes of a unit.
  std::uint64_t operator[](std::size_t unit) const noexcept { return totals_[unit] + recent_[unit]; }

  /// The mean number of spikes of a unit in a step.
  std::optional<double> mean_rate() const noexcept;
  std::optional<double> synchrony() const;
  std::optional<double> source_entropy(std::size_t sources) const;

private:
  ActivitySums activity_{};
  std::vector<std::uint8_t> recent_;  // spikes of each unit that have not yet been added to the totals
  std::vector<std::uint64_t> totals_;
};

/// Numbers of W_EE synapses on entry to the steps of a run.
struct SynapseCounts {
  std::uint64_t first = 0;   ///< on entry to the first step
  std::uint64_t fewest = 0;  ///< the smallest number
};

/// The data of a run. The objects that its pointers point at must outlive it.
struct Observed {
  const State* state = nullptr;             ///< after the run
  const SpikeCounts* spikes = nullptr;      ///< of the population; if they are missing, the train is counted
  const SpikeSource* train = nullptr;       ///< of the same units and steps
  std::optional<SynapseCounts> synapses{};  ///< on entry to the steps
  bool saw_inhibitory = false;              ///< whether inhibitory_rate is for the same steps
  std::optional<double> inhibitory_rate{};  ///< mean number of spikes of an inhibitory unit in a step
};

/// The observer that counts the spikes and synapses of a run.
class RunCounter final : public Observer {
public:
  /// @param skip  steps at the beginning that are not counted
  RunCounter(std::size_t ne, std::size_t ni, std::uint64_t skip = 0) : skip_(skip), excitatory_(ne), ni_(ni) {}

  /// Makes room for the spike train of a run of `steps` > skip steps. The train is then kept, too.
  /// @throws ParameterError if the machine has too little memory
  void keep_train(std::uint64_t steps);

  Outcome on_step(const StepView& view) override;

  const SpikeCounts& excitatory() const noexcept { return excitatory_; }
  /// All data of the run and the final state of the network. It must not outlive this observer or the network.
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
