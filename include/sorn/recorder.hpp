// Recording a run into memory.
#pragma once

#include <sorn/lineage.hpp>
#include <sorn/network.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// The quantities that can be recorded. Synapses are counted on entry to a step, all others are taken
/// after it. Those from `stats` on are of a window: the row of step s describes the `stride` steps from s on, and the
/// state after the last of them.
enum class Quantity : std::uint8_t {
  excitatory,  ///< E: (rows, ne), 0 or 1
  inhibitory,  ///< I: (rows, ni), 0 or 1
  recurrent,   ///< R: (rows, ne), 0 or 1
  ee_count,    ///< C, EEConnectionCounts: (rows), on entry to the step
  ei_count,    ///< C_ei, EIConnectionCounts: (rows), on entry to the step
  ie_count,    ///< C_ie, IEConnectionCounts: (rows)
  te,          ///< TE: (rows, ne)
  ti,          ///< TI: (rows, ni)
  wee,         ///< WEE: (rows, ne, ne), dense in memory
  wei,         ///< WEI: (rows, ni, ne), dense in memory
  wie,         ///< WIE: (rows, ne, ni), dense in memory
  symbol,      ///< (rows): the number of the symbol that the source shows, -1 if none
  signals,     ///< (rows, signals): the values of the run's signals, in the order in which they were given
  output,      ///< O: (rows, no), 0 or 1
  action,      ///< actions: (rows), the number of the first output unit that fires, -1 if none does
  reward,      ///< rewards: (rows), the signal "reward"; NaN where the step has none
  modulation,  ///< (rows): the reward minus its baseline; 0 without one to learn from
  to,          ///< TO: (rows, no), thresholds of the output units
  woe,         ///< WOE: (rows, ne, no)
  activity,    ///< A: (rows), the number of active excitatory units, the sum of a row of E
  stats,       ///< (rows, measures): all measures of each window; NaN where one is not defined
  isis,        ///< isi_histogram: (rows, bins), interspike intervals of excitatory units within each window
  sizes,       ///< size_histogram: (rows, bins), sizes of avalanches within each window
  durations,   ///< duration_histogram: (rows, bins), durations of the same
  weights,     ///< weight_histogram: (rows, bins), W_EE weights at the end of each window
  synapses,    ///< births and deaths of the synapses of W_EE in each step
};

/// The short name of a quantity, as `--record` and result files use it.
std::string_view name(Quantity quantity) noexcept;

/// Accepts the short names and those of the callbacks of the Python package (ExcitatoryActivation,
/// EEConnectionCounts …). @throws UnknownNameError
Quantity quantity_named(std::string_view text);

/// A quantity to record at every step of a window whose number is a multiple of `stride`. The first step of a new
/// network has the number 0. Statistics have a row for each `stride` steps that begin with such a step and lie within
/// the window. The row is recorded in the last of them, and belongs to the run with that step.
struct RecordRequest {
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  Quantity quantity;
  std::uint64_t stride = 1;
  std::uint64_t begin = 0;     ///< the window's first step
  std::uint64_t end = no_end;  ///< the step after its last one
  bool dense = false;          ///< whether a file holds weights as dense rows instead of sparse ones
  bool operator==(const RecordRequest&) const = default;
};

/// Parses "E", "WEE/1000" (a stride), "E@0:5000" (a window, from step 0 to before step 5000), "TE/10@100000:" (both),
/// "WEE:dense/1000" (dense rows in a file). Statistics need a stride of 2 or more: "stats/10000".
/// @throws UnknownNameError, ParameterError
RecordRequest record_request(std::string_view text);

/// The inverse of record_request().
std::string text(const RecordRequest& request);

/// The lower edges of the bins of a histogram, ascending; a bin ends where the next one begins, and the last one has no
/// end. Empty for other quantities. They never change, so that histograms of all runs and windows can be added.
/// Intervals, sizes and durations have a bin for each whole number from 0 to 7, and four equal bins from each power of
/// two to the next up to 2²⁰; weights have four from each power of two to the next, from 2⁻²⁰ to 4.
std::span<const double> bin_edges(Quantity quantity) noexcept;

/// The recorded rows of one quantity.
struct Recording {
  RecordRequest request;
  std::vector<std::size_t> row_shape;  ///< shape of one row; empty for a count
  std::uint64_t first_step = 0;        ///< number of the step in the first row
  std::size_t rows = 0;
  std::variant<std::vector<std::uint8_t>, std::vector<std::int64_t>, std::vector<double>, std::vector<SynapseEvent>>
      values;
  std::vector<std::string> columns{};  ///< the names of the columns of `stats`, those of its measures
  Topology start{};                    ///< of `synapses`, if it has rows: the synapses before the first of them

  bool operator==(const Recording&) const = default;

  // The values by their type. @throws ParameterError that names the quantity if the values have another type

  std::span<const std::uint8_t> spikes() const;  ///< of E, I, R and O, 0 or 1, kept as bytes
  std::span<const std::int64_t> counts() const;  ///< of C, C_ei, C_ie, A, symbol and actions
  std::span<const double> reals() const;         ///< of all others, and of activities kept as real
  Lineage lineage() const;                       ///< of `synapses`
};

/// The type in which the activities E, I and R are kept.
enum class ActivityFormat : std::uint8_t {
  byte,  ///< std::uint8_t
  real,  ///< double, for direct calculations
};

/// Keeps the requested recordings in memory, which is allocated before the run, except for events of synapses.
class Recorder final : public Observer {
public:
  /// Makes room for the next `steps` steps of a network.
  /// @param signals   the number of signals of the run; needed to record them
  /// @param measures  the names of the measures; needed to record statistics, which OnlineStatistics computes
  /// @throws ParameterError if the machine has too little memory, or if signals or statistics are to be recorded and
  /// there are none
  Recorder(const Network& network, std::span<const RecordRequest> requests, std::size_t steps,
           ActivityFormat activity = ActivityFormat::byte, std::size_t signals = 0,
           std::span<const std::string> measures = {});

  /// @throws ParameterError if signals are recorded and the run does not have as many as the constructor was told, or
  /// if statistics are recorded and nothing computes them
  Outcome on_step(const StepView& view) override;
  bool sees_synapses() const noexcept override;

  const std::vector<Recording>& recordings() const noexcept { return recordings_; }
  /// Returns the recordings and leaves the recorder empty.
  std::vector<Recording> take() noexcept { return std::move(recordings_); }

private:
  std::vector<Recording> recordings_;
  std::optional<std::size_t> signals_{};  // the number of those that are recorded
};

}  // namespace sorn
