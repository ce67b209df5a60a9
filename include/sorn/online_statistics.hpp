// Statistics of a run, computed during it.
#pragma once

#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <memory>
#include <span>

namespace sorn {

/// Computes the statistics that requests such as "stats/10000" record, and shows them to another observer. Its memory
/// is that of the spikes of one window, as bits, however long the run is.
///
///     Recorder recorder(network, requests, steps, ActivityFormat::byte, 0, measure_names());
///     OnlineStatistics statistics(network, requests, recorder);
///     network.run(steps, options, {&statistics});
///
/// A row has the values that the same measures of a recording of the same steps have (docs/statistics.md), bit for bit.
/// Measures of weights, thresholds and synapses are those of the state at the end of the window. If the run begins
/// within a window, its row has NaN for all measures that need spikes or counts of every step.
class OnlineStatistics final : public Observer {
public:
  /// @param network  whose next steps are observed, and which outlives this object. Over ranks, all ranks observe it,
  /// and
  ///   rank 0 has the statistics of the whole network
  /// @param next     is called in each step, with the statistics of the windows that end with it
  /// @throws ParameterError if a window is longer than the memory allows
  OnlineStatistics(const Network& network, std::span<const RecordRequest> requests, Observer& next);
  ~OnlineStatistics() override;

  Outcome on_step(const StepView& view) override;
  bool sees_synapses() const noexcept override;

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn
