// The table of recordable quantities: the shape of their rows, and how to read them in a step.
#pragma once

#include <sorn/recorder.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sorn {

/// The type of a quantity's values.
enum class ValueType : std::uint8_t {
  spike,  ///< 0 or 1, std::uint8_t
  count,  ///< std::int64_t
  real,   ///< double
  event,  ///< SynapseEvent; a row has any number of them
  unit,   ///< the number of a unit in a file, std::int32_t
  flag,   ///< 0 or 1 in a file, std::uint8_t
};

/// What an axis of a row runs over: the units of a population, the presynaptic units of a weight matrix, the output
/// units, the signals of a run, measures, or the bins of a histogram (bin_edges()): of whole numbers, or of weights.
enum class Axis : std::uint8_t {
  none,
  excitatory,
  inhibitory,
  excitatory_pre,
  inhibitory_pre,
  output,
  signal,
  measure,
  bin,
  weight_bin
};

/// The sizes of a run.
struct Sizes {
  std::size_t ne = 0;
  std::size_t ni = 0;
  std::size_t signals = 0;  ///< number of signals
  std::size_t no = 0;
  std::vector<std::string> measures{};  ///< names of the measures of recorded statistics
};

/// The sizes of a run of this network.
inline Sizes sizes_of(const State& state, std::size_t signals, std::vector<std::string> measures = {}) noexcept {
  return {state.ne(), state.ni(), signals, state.output.no(), std::move(measures)};
}
/// The sizes of a run of a network with these hyperparameters.
inline Sizes sizes_of(const Parameters& parameters, std::size_t signals) noexcept {
  return {parameters.ne, parameters.inhibitory_count(), signals, parameters.no, {}};
}

/// The lower edges of the bins along an axis; empty if it is none of bins.
std::span<const double> bin_edges(Axis axis) noexcept;

/// Number of units, signals, measures or bins along an axis.
inline std::size_t extent(Axis axis, const Sizes& sizes) noexcept {
  if (axis == Axis::bin || axis == Axis::weight_bin) return bin_edges(axis).size();
  if (axis == Axis::measure) return sizes.measures.size();
  if (axis == Axis::signal) return sizes.signals;
  if (axis == Axis::output) return sizes.no;
  return axis == Axis::excitatory || axis == Axis::excitatory_pre ? sizes.ne : sizes.ni;
}

/// The word that asks for dense rows of weights, as in "WEE:dense/1000".
inline constexpr std::string_view dense_rows = "dense";

/// Functions that read the values of a quantity in a step. All ranks know all spikes, counts, whole numbers and known
/// values. Thresholds and weights belong to the state, and each rank holds its share of it; so do the events of
/// synapses. The values of a window are in the step that ends it (StepView::windows).
namespace source {
using Spikes = std::span<const std::uint8_t> (*)(const StepView&);
using Count = std::size_t (*)(const StepView&);
using Whole = std::int64_t (*)(const StepView&);
using Known = std::span<const double> (*)(const StepView&);
using Thresholds = std::span<const double> (*)(const State&);
using Weights = const SynapseMatrix& (*)(const State&);
struct Window {
  ValueType type;
};
using Events = std::span<const SynapseEvent> (*)(const StepView&);
using Any = std::variant<Spikes, Count, Whole, Known, Thresholds, Weights, Window, Events>;
}  // namespace source

/// A row of the table. Files, error messages, help texts, reports and Python take their words from it.
struct QuantityInfo {
  Quantity quantity;
  std::string_view name;      ///< short, as `--record` and result files use it
  std::string_view callback;  ///< name of the callback in the Python package
  std::string_view kind;      ///< its group in help texts: "spikes", "weights" …
  std::string_view meaning;   ///< a few words
  std::array<Axis, 2> axes;   ///< of a row
  source::Any from;           ///< reads it in a step

  ValueType type() const noexcept;
  bool is_spikes() const noexcept { return std::holds_alternative<source::Spikes>(from); }
  /// Whether a row tells how many units of one population are active: their spikes do, and their number.
  bool is_activity() const noexcept { return is_spikes() || quantity == Quantity::activity; }
  bool is_signals() const noexcept { return axes[0] == Axis::signal; }
  bool is_of_outputs() const noexcept { return axes[0] == Axis::output || axes[1] == Axis::output; }
  bool is_thresholds() const noexcept { return std::holds_alternative<source::Thresholds>(from); }
  bool is_weights() const noexcept { return std::holds_alternative<source::Weights>(from); }
  /// Whether a row describes all steps of a window.
  bool is_of_window() const noexcept { return std::holds_alternative<source::Window>(from); }
  bool is_events() const noexcept { return std::holds_alternative<source::Events>(from); }
};

/// One row for each quantity, in the order of the enumeration.
std::span<const QuantityInfo> quantity_table() noexcept;

const QuantityInfo& info(Quantity quantity) noexcept;

std::string_view name(ValueType type) noexcept;

/// A property of a quantity, such as &QuantityInfo::is_spikes.
using Property = bool (QuantityInfo::*)() const noexcept;

/// The short names of the quantities that have a property, in the order of the table.
std::vector<std::string_view> quantity_names(Property property);

/// All short names in words: "E, I, R (spikes), …, WEE, WEI, WIE (weights)".
std::string quantities_in_words();

/// The shape of one row in a run of these sizes; empty for a count.
std::vector<std::size_t> row_shape(Quantity quantity, const Sizes& sizes);

/// A recording of this quantity in a run of these sizes, of the right type, without rows.
Recording without_rows(Quantity quantity, const Sizes& sizes);

/// Number of values in a row of this shape.
std::size_t row_size(std::span<const std::size_t> row_shape) noexcept;

/// The step of the first row that a request records at or after `step`; the end of its window or later if there is
/// none. The row of a window of statistics is recorded in its last step, and so may be that of a step before `step`.
std::uint64_t next_recorded(const RecordRequest& request, std::uint64_t step) noexcept;

/// The step in which the row of a step is recorded: the last one of the row's window, or the step itself.
std::uint64_t recorded_in(const RecordRequest& request, std::uint64_t row) noexcept;

/// Whether a request records a row in this step.
bool records(const RecordRequest& request, std::uint64_t step) noexcept;

/// How many rows a request records in the steps [begin, end).
std::uint64_t rows_between(const RecordRequest& request, std::uint64_t begin, std::uint64_t end) noexcept;

/// Checks stride and window, and that the window contains a step of a run over the steps [begin, end).
/// @throws ParameterError
void validate(const RecordRequest& request, std::uint64_t begin, std::uint64_t end);

/// Checks only stride and window. @throws ParameterError
void validate(const RecordRequest& request);

/// Whether a file holds the rows of this request as lists of entries: weights, unless they are wanted dense, and
/// events.
bool in_lists(const RecordRequest& request) noexcept;

/// Refuses to record the signals of a run that has none, the output units of a network without any, and statistics
/// without measures. @throws ParameterError
void require_there(std::span<const RecordRequest> requests, const Sizes& sizes);

/// Refuses two requests for the same quantity: a result file holds each quantity once. @throws ParameterError
void require_distinct(std::span<const RecordRequest> requests);

/// The row of a quantity among those of the windows that end with a step. @throws ParameterError if it is not there
const WindowRow& window_row(Quantity quantity, const StepView& view);

/// Calls take(row) with the values of a quantity in this step: a span of std::uint8_t, std::int64_t, double or
/// SynapseEvent, a std::int64_t, or a SynapseMatrix. @throws ParameterError for statistics that were not computed
template <class Take>
void with_row(Quantity quantity, const StepView& view, Take&& take) {
  struct Reader {
    Quantity quantity;
    const StepView& view;
    Take& take;
    void operator()(source::Spikes spikes) const { take(spikes(view)); }
    void operator()(source::Count count) const { take(static_cast<std::int64_t>(count(view))); }
    void operator()(source::Whole number) const { take(number(view)); }
    void operator()(source::Known values) const { take(values(view)); }
    void operator()(source::Thresholds thresholds) const { take(thresholds(view.state)); }
    void operator()(source::Weights weights) const { take(weights(view.state)); }
    void operator()(source::Window /*type*/) const { std::visit(take, window_row(quantity, view).values); }
    void operator()(source::Events events) const { take(events(view)); }
  };
  std::visit(Reader{quantity, view, take}, info(quantity).from);
}

}  // namespace sorn
