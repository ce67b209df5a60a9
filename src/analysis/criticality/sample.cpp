#include "support/format.hpp"

#include <sorn/criticality.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::criticality {

Sample::Sample(std::span<const double> values, std::optional<bool> discrete) {
  constexpr double largest_whole = 9007199254740992.0;  // 2^53: above it, x + 1 may equal x
  bool all_whole = true;
  if (values.empty()) throw StateError("a sample of no values", "must have at least one");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (!std::isfinite(value) || value <= 0.0) {
      throw StateError(formatted("value {} of the sample = {}", i, value), "must be finite and above 0");
    }
    const bool whole = value == std::floor(value) && value <= largest_whole;
    if (discrete.value_or(false) && !whole) {
      throw StateError(formatted("value {} of a discrete sample = {}", i, value), "must be a whole number up to 2^53",
                       "fit it as a continuous one");
    }
    all_whole = all_whole && whole;
  }
  discrete_ = discrete.value_or(all_whole);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i] != sorted[i - 1]) below_.push_back(i);
    if (i == 0 || sorted[i] != sorted[i - 1]) distinct_.push_back(sorted[i]);
  }
  below_.push_back(sorted.size());
}

}  // namespace sorn::criticality
