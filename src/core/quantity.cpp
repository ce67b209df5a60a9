#include "core/quantity.hpp"

#include "support/format.hpp"
#include "support/rows.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string>

namespace sorn {

namespace {

constexpr std::array<Axis, 2> no_axes{};
constexpr std::array<Axis, 2> along_excitatory{Axis::excitatory};
constexpr std::array<Axis, 2> along_inhibitory{Axis::inhibitory};
constexpr std::array<Axis, 2> along_signals{Axis::signal};
constexpr std::array<Axis, 2> along_outputs{Axis::output};
constexpr std::array<Axis, 2> along_measures{Axis::measure};
constexpr std::array<Axis, 2> along_bins{Axis::bin};
constexpr std::array<Axis, 2> along_weight_bins{Axis::weight_bin};

/// 0 and the edges of four equal bins from each power of two to the next, from 2^first to 2^last. They are exact.
template <int first, int last>
constexpr auto octave_edges() {
  constexpr int a_quarter = 4;
  std::array<double, 2 + a_quarter*(last - first)> edges{};
  double power = 1.0;
  for (int k = 0; k < first; ++k) power *= 2.0;
  for (int k = 0; k > first; --k) power /= 2.0;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    const std::size_t part = (k - 1) % a_quarter;
    edges[k] = power * (1.0 + static_cast<double>(part) / a_quarter);
    if (part + 1 == a_quarter) power *= 2.0;
  }
  return edges;
}

/// The whole numbers below 4 have a bin each; so have those below 8 by the rule above.
constexpr auto whole_edges = [] {
  constexpr auto upper = octave_edges<2, 20>();
  std::array<double, upper.size() + 3> edges{0.0, 1.0, 2.0, 3.0};
  std::copy(upper.begin() + 1, upper.end(), edges.begin() + 4);
  return edges;
}();
constexpr auto weight_edges = octave_edges<-20, 2>();

using Bytes = std::span<const std::uint8_t>;
using Reals = std::span<const double>;
using Events = std::span<const SynapseEvent>;

std::size_t active_units(const StepView& step) {
  const Bytes x = step.state.x;
  return static_cast<std::size_t>(std::count(x.begin(), x.end(), std::uint8_t{1}));
}

constexpr auto quantities = std::to_array<QuantityInfo>({
    {Quantity::excitatory, "E", "ExcitatoryActivation", "spikes", "excitatory spikes", along_excitatory,
     [](const StepView& step) -> Bytes { return step.state.x; }},
    {Quantity::inhibitory, "I", "InhibitoryActivation", "spikes", "inhibitory spikes", along_inhibitory,
     [](const StepView& step) -> Bytes { return step.state.y; }},
    {Quantity::recurrent, "R", "RecurrentActivation", "spikes", "spikes without the input", along_excitatory,
     [](const StepView& step) -> Bytes { return step.recurrent; }},
    {Quantity::ee_count, "C", "EEConnectionCounts", "synapse counts", "number of E → E connections", no_axes,
     [](const StepView& step) { return step.ee_count; }},
    {Quantity::ei_count, "C_ei", "EIConnectionCounts", "synapse counts", "number of I → E connections", no_axes,
     [](const StepView& step) { return step.ei_count; }},
    {Quantity::ie_count, "C_ie", "IEConnectionCounts", "synapse counts", "number of E → I connections", no_axes,
     [](const StepView& step) { return step.ie_count; }},
    {Quantity::te, "TE", "TE", "thresholds", "excitatory thresholds", along_excitatory,
     [](const State& state) -> Reals { return state.te; }},
    {Quantity::ti, "TI", "TI", "thresholds", "inhibitory thresholds", along_inhibitory,
     [](const State& state) -> Reals { return state.ti; }},
    {Quantity::wee,
     "WEE",
     "WEE",
     "weights",
     "E → E weights",
     {Axis::excitatory_pre, Axis::excitatory},
     [](const State& state) -> const SynapseMatrix& { return *state.wee; }},
    {Quantity::wei,
     "WEI",
     "WEI",
     "weights",
     "I → E weights",
     {Axis::inhibitory_pre, Axis::excitatory},
     [](const State& state) -> const SynapseMatrix& { return *state.wei; }},
    {Quantity::wie,
     "WIE",
     "WIE",
     "weights",
     "E → I weights",
     {Axis::excitatory_pre, Axis::inhibitory},
     [](const State& state) -> const SynapseMatrix& { return *state.wie; }},
    {Quantity::symbol, "symbol", "Symbol", "input", "number of the symbol that a source shows", no_axes,
     [](const StepView& step) -> std::int64_t { return step.symbol; }},
    {Quantity::signals, "signals", "Signals", "input", "signals that the run is given", along_signals,
     [](const StepView& step) -> Reals { return step.signals; }},
    {Quantity::output, "O", "OutputActivation", "output units", "spikes of the output units", along_outputs,
     [](const StepView& step) -> Bytes { return step.state.output.o; }},
    {Quantity::action, "actions", "Actions", "output units", "number of the first output unit that fires", no_axes,
     [](const StepView& step) {
       return Answer{step.step, step.state.output.o, {}}.action();
     }},
    {Quantity::reward, "rewards", "Rewards", "reward", "reward, NaN where a step has none", no_axes,
     [](const StepView& step) { return Reals(&step.reward, 1); }},
    {Quantity::modulation, "modulation", "Modulation", "reward", "reward minus its baseline", no_axes,
     [](const StepView& step) { return Reals(&step.modulation, 1); }},
    {Quantity::to, "TO", "TO", "output units", "thresholds of the output units", along_outputs,
     [](const StepView& step) -> Reals { return step.state.output.to; }},
    {Quantity::woe,
     "WOE",
     "WOE",
     "output units",
     "E → output weights",
     {Axis::excitatory_pre, Axis::output},
     [](const StepView& step) -> Reals { return step.state.output.woe; }},
    {Quantity::activity, "A", "Activity", "spikes", "number of active excitatory units", no_axes, &active_units},
    {Quantity::stats, "stats", "Stats", "statistics of windows", "all measures of a window of steps", along_measures,
     source::Window{ValueType::real}},
    {Quantity::isis, "isi_histogram", "IsiHistogram", "statistics of windows", "interspike intervals of a window",
     along_bins, source::Window{ValueType::count}},
    {Quantity::sizes, "size_histogram", "SizeHistogram", "statistics of windows", "avalanche sizes of a window",
     along_bins, source::Window{ValueType::count}},
    {Quantity::durations, "duration_histogram", "DurationHistogram", "statistics of windows",
     "avalanche durations of a window", along_bins, source::Window{ValueType::count}},
    {Quantity::weights, "weight_histogram", "WeightHistogram", "statistics of windows",
     "E → E weights at the end of a window", along_weight_bins, source::Window{ValueType::count}},
    {Quantity::synapses, "synapses", "Synapses", "events", "births and deaths of E → E synapses", no_axes,
     [](const StepView& step) -> Events { return step.synapses; }},
});

constexpr bool in_order() {
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    if (static_cast<std::size_t>(quantities[k].quantity) != k) return false;
  }
  return true;
}
static_assert(in_order(), "info() takes the number of a quantity for that of its row");
static_assert(distinct(quantities, &QuantityInfo::name) && distinct(quantities, &QuantityInfo::callback),
              "two quantities have the same name");

}  // namespace

ValueType QuantityInfo::type() const noexcept {
  if (is_spikes()) return ValueType::spike;
  if (const auto* const window = std::get_if<source::Window>(&from)) return window->type;
  if (is_events()) return ValueType::event;
  const bool whole = std::holds_alternative<source::Count>(from) || std::holds_alternative<source::Whole>(from);
  return whole ? ValueType::count : ValueType::real;
}

std::span<const QuantityInfo> quantity_table() noexcept { return quantities; }

const QuantityInfo& info(Quantity quantity) noexcept { return quantities[static_cast<std::size_t>(quantity)]; }

std::span<const double> bin_edges(Axis axis) noexcept {
  if (axis == Axis::bin) return whole_edges;
  if (axis == Axis::weight_bin) return weight_edges;
  return {};
}

std::string_view name(ValueType type) noexcept {
  constexpr std::array<std::string_view, 6> names{"spike", "count", "real", "event", "unit", "flag"};
  return names[static_cast<std::size_t>(type)];
}

std::vector<std::string_view> quantity_names(Property property) {
  std::vector<std::string_view> names;
  for (const QuantityInfo& q : quantities) {
    if ((q.*property)()) names.push_back(q.name);
  }
  return names;
}

std::string quantities_in_words() {
  std::string words;
  for (std::size_t k = 0; k < quantities.size(); ++k) {
    const bool last = k + 1 == quantities.size();
    words += quantities[k].name;
    if (last || quantities[k + 1].kind != quantities[k].kind) words += formatted(" ({})", quantities[k].kind);
    if (!last) words += ", ";
  }
  return words;
}

std::vector<std::size_t> row_shape(Quantity quantity, const Sizes& sizes) {
  std::vector<std::size_t> shape;
  for (const Axis axis : info(quantity).axes) {
    if (axis != Axis::none) shape.push_back(extent(axis, sizes));
  }
  return shape;
}

Recording without_rows(Quantity quantity, const Sizes& sizes) {
  Recording recording;
  recording.request.quantity = quantity;
  recording.row_shape = row_shape(quantity, sizes);
  switch (info(quantity).type()) {
    case ValueType::spike: recording.values = std::vector<std::uint8_t>{}; break;
    case ValueType::count: recording.values = std::vector<std::int64_t>{}; break;
    case ValueType::real: recording.values = std::vector<double>{}; break;
    case ValueType::event: recording.values = std::vector<SynapseEvent>{}; break;
    case ValueType::unit:
    case ValueType::flag: break;  // no quantity has this type
  }
  return recording;
}

const WindowRow& window_row(Quantity quantity, const StepView& view) {
  const auto found = std::find_if(view.windows.begin(), view.windows.end(),
                                  [&](const WindowRow& row) { return row.quantity == quantity; });
  if (found != view.windows.end()) return *found;
  throw ParameterError(formatted("recording {} in step {}", name(quantity), view.step),
                       "the run computes no statistics", "let an OnlineStatistics observe it, and call the recorder");
}

std::size_t row_size(std::span<const std::size_t> row_shape) noexcept {
  return std::accumulate(row_shape.begin(), row_shape.end(), std::size_t{1}, std::multiplies<>{});
}

std::uint64_t next_recorded(const RecordRequest& request, std::uint64_t step) noexcept {
  // The recorded steps are the multiples of the stride, wherever the run begins. So the recordings of two consecutive
  // runs together equal the recording of one long run.
  const bool window = info(request.quantity).is_of_window();
  const std::uint64_t from = std::max(window ? step - step % request.stride : step, request.begin);
  const std::uint64_t past = from % request.stride;
  const std::uint64_t next = past == 0 ? from : from + (request.stride - past);
  const bool there = next >= from && next < request.end && (!window || request.end - next >= request.stride);
  return there ? next : std::max(from, request.end);
}

std::uint64_t recorded_in(const RecordRequest& request, std::uint64_t row) noexcept {
  if (!info(request.quantity).is_of_window()) return row;
  const std::uint64_t last = row + (request.stride - 1);
  return last >= row ? last : RecordRequest::no_end;
}

bool records(const RecordRequest& request, std::uint64_t step) noexcept {
  return step < request.end && recorded_in(request, next_recorded(request, step)) == step;
}

std::uint64_t rows_between(const RecordRequest& request, std::uint64_t begin, std::uint64_t end) noexcept {
  const std::uint64_t last = std::min(end, request.end);
  const std::uint64_t first = recorded_in(request, next_recorded(request, begin));
  return first < last ? (last - 1 - first) / request.stride + 1 : 0;
}

void validate(const RecordRequest& request) {
  const std::string_view called = name(request.quantity);
  if (request.stride == 0) {
    throw ParameterError(formatted("record {} with stride 0", called),
                         "a stride must be a whole number of steps from 1 on");
  }
  if (request.stride == 1 && info(request.quantity).is_of_window()) {
    throw ParameterError(formatted("record {}", called), "statistics need a window of 2 steps or more",
                         formatted("for example {}/10000, a row for every 10000 steps", called));
  }
  if (request.begin >= request.end) {
    throw ParameterError(formatted("record {} from step {} to before step {}", called, request.begin, request.end),
                         "a window must hold a step", "it ends before the step behind the colon");
  }
  const QuantityInfo& quantity = info(request.quantity);
  if (quantity.is_events() && request.stride != 1) {
    throw ParameterError(formatted("record {} in every {}. step", called, request.stride),
                         "births and deaths are recorded in every step", "leave the stride out");
  }
  if (request.dense && !quantity.is_weights()) {
    throw ParameterError(formatted("record {}:{}", called, dense_rows),
                         formatted("only the rows of {} can be sparse or dense",
                                   listed(quantity_names(&QuantityInfo::is_weights), "and")));
  }
}

bool in_lists(const RecordRequest& request) noexcept {
  const QuantityInfo& quantity = info(request.quantity);
  return quantity.is_events() || (quantity.is_weights() && !request.dense);
}

void validate(const RecordRequest& request, std::uint64_t begin, std::uint64_t end) {
  validate(request);
  if (request.begin < end && request.end > begin) return;
  throw ParameterError(formatted("record {}", text(request)),
                       formatted("the run has none of these steps, but {} to {}", begin, end - 1),
                       "steps are counted from when the network was built");
}

void require_there(std::span<const RecordRequest> requests, const Sizes& sizes) {
  for (const RecordRequest& request : requests) {
    const QuantityInfo& quantity = info(request.quantity);
    if (quantity.is_signals() && sizes.signals == 0) {
      throw ParameterError(formatted("record {}", text(request)), "the run has no signals", "give it one or more");
    }
    if (quantity.is_of_outputs() && sizes.no == 0) {
      throw ParameterError(formatted("record {}", text(request)), "the network has no output units", "set no");
    }
    if (quantity.axes[0] == Axis::measure && sizes.measures.empty()) {
      throw ParameterError(formatted("record {}", text(request)), "there are no measures",
                           "give their names, such as measure_names()");
    }
  }
}

void require_distinct(std::span<const RecordRequest> requests) {
  for (std::size_t k = 0; k < requests.size(); ++k) {
    for (std::size_t before = 0; before < k; ++before) {
      if (requests[before].quantity != requests[k].quantity) continue;
      throw ParameterError(formatted("'{}' comes twice", name(requests[k].quantity)),
                           "a result file holds each quantity once");
    }
  }
}

}  // namespace sorn
