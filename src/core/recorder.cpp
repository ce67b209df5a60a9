#include <sorn/recorder.hpp>

#include "core/quantity.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

namespace sorn {

namespace {

/// A recording without rows, in the shape and the type that the quantity has.
Recording empty_recording(const State& state, RecordRequest request, ActivityFormat activity) {
  Recording recording = without_rows(request.quantity, state.ne(), state.ni());
  recording.request = request;
  if (info(request.quantity).is_spikes() && activity == ActivityFormat::real) {
    recording.values = std::vector<double>{};
  }
  return recording;
}

double bytes_of(const Recording& recording, std::size_t rows) {
  const double value = std::visit([](const auto& v) { return static_cast<double>(sizeof(v[0])); }, recording.values);
  return value * static_cast<double>(row_size(recording.row_shape)) * static_cast<double>(rows);
}

/// Refuses before the first step what could not be kept until the last: the system would end the program instead.
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
    values_.insert(values_.end(), row.begin(), row.end());
  }
  void operator()(std::int64_t count) const { values_.push_back(static_cast<T>(count)); }
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

/// The values of a recording as those of one type, which `words` names.
template <class T>
std::span<const T> values_as(const Recording& recording, std::string_view words) {
  if (const auto* const values = std::get_if<std::vector<T>>(&recording.values)) return *values;
  throw ParameterError(formatted("recording '{}'", name(recording.request.quantity)), formatted("holds no {}", words));
}

}  // namespace

std::span<const std::uint8_t> Recording::spikes() const { return values_as<std::uint8_t>(*this, "spikes as bytes"); }
std::span<const std::int64_t> Recording::counts() const { return values_as<std::int64_t>(*this, "counts"); }
std::span<const double> Recording::reals() const { return values_as<double>(*this, "real numbers"); }

Recorder::Recorder(const Network& network, std::span<const RecordRequest> requests, std::size_t steps,
                   ActivityFormat activity) {
  const State& state = network.state();
  std::vector<std::size_t> rows;
  for (const RecordRequest& request : requests) {
    steps > 0 ? validate(request, state.step, state.step + steps) : validate(request);
    rows.push_back(rows_between(request, state.step, state.step + steps));
    recordings_.push_back(empty_recording(state, request, activity));
    recordings_.back().first_step = next_recorded(request, state.step);
  }
  check_memory(recordings_, rows, steps);
  for (std::size_t k = 0; k < recordings_.size(); ++k) {
    std::visit([&](auto& values) { values.reserve(rows[k] * row_size(recordings_[k].row_shape)); },
               recordings_[k].values);
  }
}

Observer::Outcome Recorder::on_step(const StepView& view) {
  for (Recording& recording : recordings_) {
    const RecordRequest& request = recording.request;
    if (view.step % request.stride != 0 || view.step < request.begin || view.step >= request.end) continue;
    std::visit([&](auto& values) { with_row(request.quantity, view, Append(values)); }, recording.values);
    ++recording.rows;
  }
  return Outcome::go_on;
}

}  // namespace sorn
