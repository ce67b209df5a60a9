#include "support/format.hpp"

#include <sorn/criticality.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::criticality {

namespace {

/// Whether all values are whole. @throws as Sample
bool checked(std::span<const double> values, bool discrete) {
  constexpr double largest_whole = 9007199254740992.0;  // 2^53: above it, x + 1 may equal x
  bool all_whole = true;
  if (values.empty()) throw StateError("a sample of no values", "must have at least one");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    if (!std::isfinite(value) || value <= 0.0) {
      throw StateError(formatted("value {} of the sample = {}", i, value), "must be finite and above 0");
    }
    const bool whole = value == std::floor(value) && value <= largest_whole;
    if (discrete && !whole) {
      throw StateError(formatted("value {} of a discrete sample = {}", i, value), "must be a whole number up to 2^53",
                       "fit it as a continuous one");
    }
    all_whole = all_whole && whole;
  }
  return all_whole;
}

}  // namespace

Sample::Sample(std::span<const double> values, std::optional<bool> discrete) {
  const bool all_whole = checked(values, discrete.value_or(false));
  discrete_ = discrete.value_or(all_whole);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i] != sorted[i - 1]) below_.push_back(i);
    if (i == 0 || sorted[i] != sorted[i - 1]) distinct_.push_back(sorted[i]);
  }
  below_.push_back(sorted.size());
}

Sample::Sample(std::span<const double> values, std::span<const std::size_t> counts, bool discrete)
    : discrete_(discrete) {
  if (values.size() != counts.size()) {
    throw ShapeError(formatted("{} values and {} counts", values.size(), counts.size()), "must be equally many");
  }
  checked(values, discrete);
  std::size_t below = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && values[i] <= values[i - 1]) {
      throw StateError(formatted("value {} after {}", values[i], values[i - 1]), "must ascend");
    }
    if (counts[i] == 0) continue;
    distinct_.push_back(values[i]);
    below_.push_back(below += counts[i]);
  }
  if (below == 0) throw StateError("a sample of no values", "must have at least one");
}

}  // namespace sorn::criticality
