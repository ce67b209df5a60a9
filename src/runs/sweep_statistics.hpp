// The statistics that a sweep can keep of each run: one number each.
#pragma once

#include "runs/sweep_design.hpp"

#include <sorn/network.hpp>
#include <sorn/spike_train.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::runs {

/// What the table knows of one statistic.
struct SweepStatistic {
  std::string_view name;
  std::string_view meaning;  ///< in a few words, with the unit
  bool of_trains;            ///< is made from the spike trains of all excitatory units, which takes time and memory
};

/// All of them, in the order in which the documentation lists them.
std::span<const SweepStatistic> sweep_statistics();

/// The statistic of this name. @throws UnknownNameError
const SweepStatistic& sweep_statistic_named(std::string_view name);

/// Watches a run for its statistics.
class StatisticsObserver final : public Observer {
public:
  /// Makes room for a run of `steps` > options.skip steps of `ne` excitatory units.
  /// @throws ParameterError if that is more than the memory of this machine
  StatisticsObserver(std::span<const std::string> names, const StatisticsOptions& options, std::uint64_t steps,
                     std::size_t ne);

  Outcome on_step(const StepView& view) override;

  /// The values by name, once the run is over and the network stands at `state`; NaN where one is not defined.
  std::vector<double> values(const State& state) const;

private:
  std::span<const std::string> names_;
  StatisticsOptions options_;
  bool of_trains_ = false;
  SpikeTrain train_;
  std::uint64_t done_ = 0;
  std::uint64_t counted_ = 0;  // steps behind the skipped ones
  std::uint64_t excitatory_spikes_ = 0;
  std::uint64_t inhibitory_spikes_ = 0;
  std::size_t fewest_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace sorn::runs
