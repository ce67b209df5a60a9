// Statistics of a run's activity that are made while it runs, in memory that does not grow with its length. All sums
// are of whole numbers, so that they are exact.
#pragma once

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sorn::analysis {

/// Watches a run. Its measures are those of the same names in sorn::statistics, over the steps that it has seen.
class OnlineActivity final : public Observer {
public:
  OnlineActivity(std::size_t ne, std::size_t ni);

  Outcome on_step(const StepView& view) override;

  std::uint64_t steps() const noexcept { return steps_; }
  /// Spikes of an excitatory unit in a step.
  std::optional<double> mean_rate() const noexcept;
  /// Spikes of an inhibitory unit in a step.
  std::optional<double> inhibitory_rate() const noexcept;
  /// The standard deviation of the number of excitatory units that fire in a step; not defined for a single step.
  std::optional<double> activity_sd() const;
  std::optional<double> synchrony() const;
  /// By BranchingEstimator::regression.
  std::optional<double> branching_ratio() const noexcept;

private:
  __extension__ using Wide = unsigned __int128;  // a square of all spikes of a long run has more than 64 bits

  /// Steps² times the variance of the activity over the steps.
  double scaled_variance() const noexcept;

  std::size_t ne_;
  std::size_t ni_;
  std::uint64_t steps_ = 0;
  std::uint64_t excitatory_spikes_ = 0;
  std::uint64_t inhibitory_spikes_ = 0;
  Wide squares_ = 0;                  // Σ A(t)²
  Wide products_ = 0;                 // Σ A(t)·A(t+1)
  std::uint64_t first_ = 0;           // A of the first step that was seen
  std::uint64_t last_ = 0;            // and of the last
  std::vector<std::uint8_t> recent_;  // spikes of each unit since they were added to the totals
  std::vector<std::uint64_t> totals_;
};

}  // namespace sorn::analysis
