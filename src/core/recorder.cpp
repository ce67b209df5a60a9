#include <sorn/recorder.hpp>

#include "core/quantity.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <charconv>

namespace sorn {

namespace {

/// Reads all of `digits` as a whole number ≥ `least`. @throws ParameterError about the request `text`
std::uint64_t number(std::string_view digits, std::uint64_t least, std::string_view text, const char* rule) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < least) {
    throw ParameterError(formatted("record '{}'", text), rule, "for example WEE/1000 or E@0:5000");
  }
  return value;
}

/// A recording without rows, in the shape and the type that the quantity has.
Recording empty_recording(const Sizes& sizes, RecordRequest request, ActivityFormat activity) {
  Recording recording = without_rows(request.quantity, sizes);
  recording.request = request;
  if (info(request.quantity).axes[0] == Axis::measure) recording.columns = sizes.measures;
  if (info(request.quantity).is_spikes() && activity == ActivityFormat::real) {
    recording.values = std::vector<double>{};
  }
  return recording;
}

double bytes_of(const Recording& recording, std::size_t rows) {
  if (info(recording.request.quantity).is_events()) return 0.0;  // their number is not known
  const double value = std::visit([](const auto& v) { return static_cast<double>(sizeof(v[0])); }, recording.values);
  return value * static_cast<double>(row_size(recording.row_shape)) * static_cast<double>(rows);
}

/// Refuses recordings that will not fit into memory, before the first step. The system would kill the program later.
void check_memory(std::span<const Recording> recordings, std::span<const std::size_t> rows, std::size_t steps) {
  double needed = 0.0;
  std::string names;
  for (std::size_t k = 0; k < recordings.size(); ++k) {
    needed += bytes_of(recordings[k], rows[k]);
    names += formatted("{}{}", k == 0 ? "" : ", ", name(recordings[k].request.quantity));
  }
  const double available = physical_memory_bytes();
  if (needed > available) {
    throw ParameterError(formatted("time_steps = {}: recording {} needs {:.3g} GB", steps, names, needed / 1e9),
                         formatted("this machine has {:.3g} GB", available / 1e9),
                         "record fewer quantities, give a stride, or record into a file");
  }
}

/// Appends a row to the values of a recording.
template <class T>
class Append {
public:
  explicit Append(std::vector<T>& values) : values_(values) {}

  template <class Value>
  void operator()(std::span<const Value> row) const {
    if constexpr (std::is_arithmetic_v<T>) values_.insert(values_.end(), row.begin(), row.end());
  }
  void operator()(std::int64_t count) const {
    if constexpr (std::is_arithmetic_v<T>) values_.push_back(static_cast<T>(count));
  }
  void operator()(std::span<const SynapseEvent> row) const {
    if constexpr (std::is_same_v<T, SynapseEvent>) values_.insert(values_.end(), row.begin(), row.end());
  }
  void operator()(const SynapseMatrix& matrix) const {
    if constexpr (std::is_same_v<T, double>) {
      const std::size_t old = values_.size();
      values_.resize(old + matrix.n_pre() * matrix.n_post());
      matrix.to_dense(std::span(values_).subspan(old));
    }
  }

private:
  std::vector<T>& values_;
};

/// The values of a recording of type T. Otherwise an error calls that type `words`.
template <class T>
std::span<const T> values_as(const Recording& recording, std::string_view words) {
  if (const auto* const values = std::get_if<std::vector<T>>(&recording.values)) return *values;
  throw ParameterError(formatted("recording '{}'", name(recording.request.quantity)), formatted("holds no {}", words));
}

}  // namespace

std::string_view name(Quantity quantity) noexcept { return info(quantity).name; }

std::span<const double> bin_edges(Quantity quantity) noexcept { return bin_edges(info(quantity).axes[0]); }

Quantity quantity_named(std::string_view text) {
  std::vector<std::string_view> names;
  for (const QuantityInfo& q : quantity_table()) {
    if (q.name == text || q.callback == text) return q.quantity;
    names.push_back(q.name);
    if (q.callback != q.name) names.push_back(q.callback);
  }
  throw_unknown_name("quantity to record", text, names);
}

RecordRequest record_request(std::string_view text) {
  const std::size_t at = std::min(text.find('@'), text.size());
  const std::string_view left = text.substr(0, at);
  const std::size_t slash = left.find('/');
  const std::string_view first = left.substr(0, slash);
  const std::size_t colon = std::min(first.find(':'), first.size());
  RecordRequest request{quantity_named(first.substr(0, colon))};
  if (colon < first.size()) {
    if (first.substr(colon + 1) != dense_rows) {
      throw ParameterError(formatted("record '{}'", text),
                           formatted("only '{}' can follow the colon behind a name", dense_rows),
                           "for example WEE:dense/1000; a window follows an at sign, as in E@0:5000");
    }
    request.dense = true;
  }
  if (slash != std::string_view::npos) {
    request.stride = number(left.substr(slash + 1), 1, text, "a stride must be a whole number of steps from 1 on");
  }
  if (at < text.size()) {
    constexpr auto rule = "a window is FIRST:END, two numbers of steps, either of which may be left out";
    const std::string_view window = text.substr(at + 1);
    const std::size_t middle = window.find(':');
    if (middle == std::string_view::npos) number("", 0, text, rule);
    const std::string_view begin = window.substr(0, middle);
    const std::string_view end = window.substr(middle + 1);
    if (!begin.empty()) request.begin = number(begin, 0, text, rule);
    if (!end.empty()) request.end = number(end, 0, text, rule);
  }
  validate(request);
  return request;
}

std::string text(const RecordRequest& request) {
  std::string result(name(request.quantity));
  if (request.dense) result += formatted(":{}", dense_rows);
  if (request.stride != 1) result += formatted("/{}", request.stride);
  const bool ends = request.end != RecordRequest::no_end;
  if (request.begin != 0 || ends) {
    result += formatted("@{}:{}", request.begin, ends ? formatted("{}", request.end) : "");
  }
  return result;
}

std::span<const std::uint8_t> Recording::spikes() const { return values_as<std::uint8_t>(*this, "spikes as bytes"); }
std::span<const std::int64_t> Recording::counts() const { return values_as<std::int64_t>(*this, "counts"); }
std::span<const double> Recording::reals() const { return values_as<double>(*this, "real numbers"); }

Lineage Recording::lineage() const {
  const std::span<const SynapseEvent> events = values_as<SynapseEvent>(*this, "events of synapses");
  return {first_step, first_step + rows, start, {events.begin(), events.end()}};
}

Recorder::Recorder(const Network& network, std::span<const RecordRequest> requests, std::size_t steps,
                   ActivityFormat activity, std::size_t signals, std::span<const std::string> measures) {
  const State& state = network.state();
  const Sizes sizes = sizes_of(state, signals, std::vector<std::string>(measures.begin(), measures.end()));
  require_there(requests, sizes);
  std::vector<std::size_t> rows;
  for (const RecordRequest& request : requests) {
    steps > 0 ? validate(request, state.step, state.step + steps) : validate(request);
    rows.push_back(rows_between(request, state.step, state.step + steps));
    recordings_.push_back(empty_recording(sizes, request, activity));
    if (info(request.quantity).is_signals()) signals_ = signals;
    recordings_.back().first_step = next_recorded(request, state.step);
  }
  check_memory(recordings_, rows, steps);
  for (std::size_t k = 0; k < recordings_.size(); ++k) {
    if (info(requests[k].quantity).is_events()) continue;
    std::visit([&](auto& values) { values.reserve(rows[k] * row_size(recordings_[k].row_shape)); },
               recordings_[k].values);
  }
}

bool Recorder::sees_synapses() const noexcept {
  return std::any_of(recordings_.begin(), recordings_.end(),
                     [](const Recording& one) { return info(one.request.quantity).is_events(); });
}

Observer::Outcome Recorder::on_step(const StepView& view) {
  if (signals_ && *signals_ != view.signals.size()) {
    throw ParameterError(formatted("recording the {} signals of a run", *signals_),
                         formatted("the run has {}", view.signals.size()), "tell the recorder their number");
  }
  for (Recording& recording : recordings_) {
    const RecordRequest& request = recording.request;
    if (!records(request, view.step)) continue;
    if (recording.rows == 0 && info(request.quantity).is_events()) {
      recording.start = topology_before(*view.state.wee, view.synapses);
    }
    std::visit([&](auto& values) { with_row(request.quantity, view, Append(values)); }, recording.values);
    ++recording.rows;
  }
  return Outcome::go_on;
}

}  // namespace sorn
