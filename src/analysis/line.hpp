// A straight line through points by least squares, and how much of their variation it explains.
#pragma once

#include "analysis/sums.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>

namespace sorn::analysis {

struct StraightLine {
  double slope = 0.0;
  double intercept = 0.0;
  double r_squared = 0.0;  ///< the share of the variance of y that the line explains, from 0 to 1
};

/// The line through points (x, y). Not defined for fewer than three points, through which there may be a line whatever
/// they show, or if all x or all y are equal.
inline std::optional<StraightLine> straight_line(std::span<const double> x, std::span<const double> y) noexcept {
  if (x.size() < 3) return {};
  const auto [mean_x, variance_x] = moments(x);
  const auto [mean_y, variance_y] = moments(y);
  if (!(variance_x > 0.0) || !(variance_y > 0.0)) return {};
  Sum products;
  for (std::size_t k = 0; k < x.size(); ++k) products.add((x[k] - mean_x) * (y[k] - mean_y));
  const double covariance = products.value() / static_cast<double>(x.size());
  StraightLine line{.slope = covariance / variance_x};
  line.intercept = mean_y - line.slope * mean_x;
  line.r_squared = std::min(1.0, covariance * covariance / (variance_x * variance_y));
  return line;
}

}  // namespace sorn::analysis
