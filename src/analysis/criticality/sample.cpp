#include "support/format.hpp"

#include <sorn/criticality.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

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

/// Sorts numbers above 0, whose bits ascend with them, digit by digit from the lowest: in half of the time of
/// std::sort() for tens of thousands of numbers.
void sort(std::vector<double>& values) {
  constexpr std::size_t few = 1000;
  if (values.size() < few) {
    std::sort(values.begin(), values.end());
    return;
  }
  constexpr unsigned digit_bits = 11;
  constexpr unsigned digits = 6;  // 66 bits
  constexpr std::uint64_t mask = (std::uint64_t{1} << digit_bits) - 1;
  const auto digit = [](double value, unsigned which) {
    return std::bit_cast<std::uint64_t>(value) >> (which * digit_bits) & mask;
  };
  std::vector<std::array<std::size_t, mask + 1>> counts(digits);
  for (const double value : values) {
    for (unsigned which = 0; which < digits; ++which) ++counts[which][digit(value, which)];
  }
  std::vector<double> sorted(values.size());
  for (unsigned which = 0; which < digits; ++which) {
    auto& places = counts[which];
    if (places[digit(values[0], which)] == values.size()) continue;  // all have the same
    std::size_t before = 0;
    for (std::size_t& place : places) before += std::exchange(place, before);
    for (const double value : values) sorted[places[digit(value, which)]++] = value;
    values.swap(sorted);
  }
}

}  // namespace

Sample::Sample(std::span<const double> values, std::optional<bool> discrete) {
  const bool all_whole = checked(values, discrete.value_or(false));
  discrete_ = discrete.value_or(all_whole);
  std::vector<double> sorted(values.begin(), values.end());
  sort(sorted);
  std::size_t different = 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) different += sorted[i] != sorted[i - 1] ? 1U : 0U;
  distinct_.reserve(different);
  below_.reserve(different + 1);
  distinct_.push_back(sorted[0]);
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] == sorted[i - 1]) continue;
    distinct_.push_back(sorted[i]);
    below_.push_back(i);
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
