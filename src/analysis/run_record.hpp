// The data from which the measures of a run are computed.
#pragma once

#include "analysis/counts.hpp"

#include <sorn/measures.hpp>
#include <sorn/spike_train.hpp>
#include <sorn/state.hpp>
#include <sorn/statistics.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn::analysis {

/// The mean of the values that are defined, and their number.
struct MeanOfDefined {
  std::optional<double> value;
  std::uint64_t count = 0;
};

MeanOfDefined mean_of_defined(std::span<const double> values) noexcept;

/// The data of a run, and values that several measures share. A shared value is computed when the first measure needs
/// it.
class RunRecord {
public:
  /// @throws ShapeError if there is a train without steps or neurons, ParameterError for a window of 0 steps
  explicit RunRecord(const Observed& observed, const statistics::SummaryOptions& options = {});
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;

  bool has(MeasureNeeds needs) const noexcept;
  const statistics::SummaryOptions& options() const noexcept { return options_; }

  const State& state() const noexcept { return *observed_.state; }
  const SynapseCounts& synapses() const noexcept { return *observed_.synapses; }
  std::optional<double> inhibitory_rate() const noexcept { return observed_.inhibitory_rate; }
  const SpikeTrain& train() const noexcept { return *observed_.train; }
  const SpikeCounts& spikes();

  // Computed from the train:
  std::span<const double> activity();
  const statistics::IntervalVariation& intervals();
  const MeanOfDefined& fano();
  std::size_t fano_window() const noexcept;
  const statistics::PairwiseCorrelation& pairs();
  const statistics::Avalanches& avalanches();

  // Computed from W_EE:
  std::span<const double> weights();
  const std::optional<statistics::LognormalFit>& fit();

private:
  Observed observed_;
  statistics::SummaryOptions options_;
  std::optional<SpikeCounts> counted_;
  std::optional<std::vector<double>> activity_;
  std::optional<statistics::IntervalVariation> intervals_;
  std::optional<MeanOfDefined> fano_;
  std::optional<statistics::PairwiseCorrelation> pairs_;
  std::optional<statistics::Avalanches> avalanches_;
  std::optional<std::vector<double>> weights_;
  std::optional<std::optional<statistics::LognormalFit>> fit_;
};

/// All measures whose data the record holds.
statistics::Summary summary_of(RunRecord& record);

/// The measures of these names, in their order. NaN if one is not defined or the record lacks its data. @throws
/// UnknownNameError
std::vector<double> values(std::span<const std::string> names, RunRecord& record);

/// The same for some rows of the table.
std::vector<double> values(std::span<const Measure> rows, RunRecord& record);

}  // namespace sorn::analysis
