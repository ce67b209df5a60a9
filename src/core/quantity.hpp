// What the rows of each recordable quantity look like, and where a step has them: shared by all that record.
#pragma once

#include <sorn/recorder.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// The type of a quantity's values.
enum class ValueType : std::uint8_t {
  spike,  ///< 0 or 1, std::uint8_t
  count,  ///< std::int64_t
  real,   ///< double
};

ValueType value_type(Quantity quantity) noexcept;

/// Every quantity, in the order of the enumeration.
std::span<const Quantity> all_quantities() noexcept;

/// The shape of one row in a network of this size; empty for a count.
std::vector<std::size_t> row_shape(Quantity quantity, std::size_t ne, std::size_t ni);

/// A recording of this quantity in a network of this size, of the right type, without rows.
Recording without_rows(Quantity quantity, std::size_t ne, std::size_t ni);

/// Values in a row of this shape.
std::size_t row_size(std::span<const std::size_t> row_shape) noexcept;

/// The first step from `step` on that a request records; its window's end or later if there is none.
std::uint64_t next_recorded(const RecordRequest& request, std::uint64_t step) noexcept;

/// How many of the steps from `begin` on and before `end` a request records.
std::uint64_t rows_between(const RecordRequest& request, std::uint64_t begin, std::uint64_t end) noexcept;

/// Checks stride and window, and that the window has a step of a run from `begin` on and before `end`.
/// @throws ParameterError
void validate(const RecordRequest& request, std::uint64_t begin, std::uint64_t end);

/// Checks stride and window by themselves. @throws ParameterError
void validate(const RecordRequest& request);

/// Refuses a quantity that is asked for twice: a result file holds each once. @throws ParameterError
void require_distinct(std::span<const RecordRequest> requests);

/// Calls take(row) with what a step has of a quantity: a span of std::uint8_t or double, a std::int64_t, or a
/// SynapseMatrix.
template <class Take>
void with_row(Quantity quantity, const StepView& view, Take&& take) {
  const State& state = view.state;
  const auto count = [](std::size_t synapses) { return static_cast<std::int64_t>(synapses); };
  switch (quantity) {
    case Quantity::excitatory: return take(std::span<const std::uint8_t>(state.x));
    case Quantity::inhibitory: return take(std::span<const std::uint8_t>(state.y));
    case Quantity::recurrent: return take(view.recurrent);
    case Quantity::ee_count: return take(count(view.ee_count));
    case Quantity::ei_count: return take(count(view.ei_count));
    case Quantity::ie_count: return take(count(view.ie_count));
    case Quantity::te: return take(std::span<const double>(state.te));
    case Quantity::ti: return take(std::span<const double>(state.ti));
    case Quantity::wee: return take(*state.wee);
    case Quantity::wei: return take(*state.wei);
    case Quantity::wie: return take(*state.wie);
  }
}

}  // namespace sorn
