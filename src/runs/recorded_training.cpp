#include <sorn/recorded_training.hpp>

#include "core/quantity.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace sorn {

namespace {

constexpr std::size_t most_values_of_a_part = std::size_t{1} << 22U;

const Recording& recording_of(const ResultReader& reader, Quantity quantity) {
  const auto& recordings = reader.recordings();
  const auto at = std::find_if(recordings.begin(), recordings.end(),
                               [&](const Recording& recording) { return recording.request.quantity == quantity; });
  if (at != recordings.end()) return *at;
  throw ParameterError(formatted("the recording {}", name(quantity)), "must be one that the file holds");
}

bool is_label(Quantity quantity) noexcept { return quantity == Quantity::symbol || quantity == Quantity::action; }

void check_kinds(const RecordedSteps& steps) {
  const QuantityInfo& state = info(steps.state);
  if (state.axes[0] == Axis::none || state.is_weights()) {
    throw ParameterError(formatted("state = {}", state.name), "must be a number for each unit, as E and R are");
  }
  if (info(steps.target).is_weights()) {
    throw ParameterError(formatted("target = {}", info(steps.target).name), "must not be weights");
  }
  if (info(steps.target).is_events()) {
    throw ParameterError(formatted("target = {}", info(steps.target).name), "must be numbers, not events");
  }
}

/// The rows to read: `count` from state_row and target_row on.
struct MatchedRows {
  std::uint64_t state_row = 0;
  std::uint64_t target_row = 0;
  std::uint64_t count = 0;
};

MatchedRows matched(const Recording& state, const Recording& target, const RecordedSteps& steps) {
  const std::uint64_t stride = state.request.stride;
  const std::string_view names[] = {name(steps.state), name(steps.target)};
  if (target.request.stride != stride) {
    throw ParameterError(formatted("recordings of {} in every {}. and of {} in every {}. step", names[0], stride,
                                   names[1], target.request.stride),
                         "must have the same stride");
  }
  if (steps.lag % stride != 0) {
    throw ParameterError(formatted("lag = {}", steps.lag), formatted("must be a multiple of the stride, {}", stride));
  }
  const auto end_of = [stride](const Recording& one) { return one.first_step + one.rows * stride; };
  std::uint64_t count = 0;
  std::uint64_t first = 0;
  if (steps.lag <= end_of(target)) {
    first = std::max({target.first_step, state.first_step + steps.lag, steps.begin});
    first += (stride - first % stride) % stride;
    const std::uint64_t end = std::min({end_of(target), end_of(state) + steps.lag, steps.end});
    if (first < end) count = (end - 1 - first) / stride + 1;
  }
  if (count == 0) {
    throw ParameterError(formatted("a lag of {} steps, from step {} on", steps.lag, steps.begin),
                         formatted("must leave a step for which the file has {} and {}", names[0], names[1]));
  }
  return {(first - steps.lag - state.first_step) / stride, (first - target.first_step) / stride, count};
}

std::vector<double> as_reals(const Recording& recording) {
  return std::visit(
      [](const auto& values) {
        std::vector<double> reals;
        if constexpr (std::is_arithmetic_v<typename std::decay_t<decltype(values)>::value_type>) {
          reals.assign(values.begin(), values.end());
        }
        return reals;
      },
      recording.values);
}

readout::Rows rows_of(const std::vector<double>& values, const Recording& recording) noexcept {
  return {values, row_size(recording.row_shape)};
}

template <class States>
void add_part(readout::Training& training, const States& states, const Recording& targets) {
  if (is_label(targets.request.quantity)) return training.add(states, targets.counts());
  const std::vector<double> values = as_reals(targets);
  training.add(states, rows_of(values, targets));
}

}  // namespace

void add_recorded(readout::Training& training, const ResultReader& reader, const RecordedSteps& steps,
                  const std::function<void()>& between_parts) {
  check_kinds(steps);
  const Recording& state = recording_of(reader, steps.state);
  const Recording& target = recording_of(reader, steps.target);
  const MatchedRows all = matched(state, target, steps);
  const std::size_t widest = std::max({row_size(state.row_shape), row_size(target.row_shape), std::size_t{1}});
  const std::size_t part = std::max<std::size_t>(most_values_of_a_part / widest, 1);
  readout::Training sums = training;
  for (std::uint64_t done = 0; done < all.count; done += part) {
    const std::size_t count = std::min<std::uint64_t>(part, all.count - done);
    const Recording states = reader.rows(steps.state, all.state_row + done, count);
    const Recording targets = reader.rows(steps.target, all.target_row + done, count);
    if (info(steps.state).is_spikes()) {
      add_part(sums, SpikeTrain::from_recording(states), targets);
    } else {
      const std::vector<double> values = as_reals(states);
      add_part(sums, rows_of(values, states), targets);
    }
    if (between_parts) between_parts();
  }
  training = std::move(sums);
}

}  // namespace sorn
