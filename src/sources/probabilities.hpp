// Discrete distributions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace sorn::sources {

/// Checks that there are `count` probabilities, each in [0, 1], with the sum 1 (to 1e-9).
/// @throws ParameterError, beginning with `name`
void check_probabilities(std::string_view name, std::span<const double> probabilities, std::size_t count);

/// The sums p_0, p_0 + p_1, …
std::vector<double> cumulative(std::span<const double> probabilities);

/// The first k with u ≤ sums[k]. If rounding left the last sum below u, the first k with the last sum, which is the
/// last one that has a probability above 0.
std::size_t chosen(std::span<const double> sums, double u) noexcept;

}  // namespace sorn::sources
