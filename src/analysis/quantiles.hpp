// Quantiles of values.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace sorn::analysis {

/// The value at a share, from 0 to 1, of values in ascending order; between two of them as a line.
inline double quantile(const std::vector<double>& ascending, double share) noexcept {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const double next = ascending[std::min(low + 1, ascending.size() - 1)];
  return ascending[low] + (place - std::floor(place)) * (next - ascending[low]);
}

/// The limits that leave out equally many of n ≥ 1 values at both ends, and hold `share` of them.
inline std::array<double, 2> central_share(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return {quantile(values, (1.0 - share) / 2.0), quantile(values, (1.0 + share) / 2.0)};
}

}  // namespace sorn::analysis
