// The data from which the measures of a run are computed.
#pragma once

#include "analysis/collectors.hpp"
#include "analysis/counts.hpp"

#include <sorn/measures.hpp>
#include <sorn/spike_source.hpp>
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
  const SpikeSource& train() const noexcept { return *observed_.train; }
  const SpikeCounts& spikes();

  // Computed from the train:
  const statistics::IntervalVariation& intervals();
  /// The Fano factor of each neuron; NaN if it is not defined.
  std::span<const double> fano_factors();
  std::size_t fano_window() const noexcept;
  const statistics::PairwiseCorrelation& pairs();
  const Changes& changes();
  std::optional<double> autocorrelation();
  const AvalancheMeans& avalanches();
  /// Computes all of these in one reading of the train, instead of one for each.
  void read_train();

  // Computed from W_EE:
  std::span<const double> weights();
  const std::optional<statistics::LognormalFit>& fit();

private:
  bool has_pairs_at_lag() const noexcept;

  Observed observed_;
  statistics::SummaryOptions options_;
  std::optional<SpikeCounts> counted_;
  std::optional<statistics::IntervalVariation> intervals_;
  std::optional<std::vector<double>> fano_;
  std::optional<statistics::PairwiseCorrelation> pairs_;
  std::optional<Changes> changes_;
  std::optional<std::optional<double>> autocorrelation_;
  std::optional<AvalancheMeans> avalanches_;
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
