// An exponential decay through points.
#pragma once

#include <span>

namespace sorn::analysis {

/// h·exp(−(x − x₀)/τ), where x₀ is the first x.
struct ExponentialCurve {
  double height = 0.0;    ///< h, ≥ 0
  double constant = 0.0;  ///< τ
};

/// The curve that fits points (x, y) with standard deviations > 0 best by weighted least squares, for τ from `shortest`
/// > 0 to `longest`. There must be a point, and as many of each number.
ExponentialCurve exponential_curve(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> deviations, double shortest, double longest) noexcept;

}  // namespace sorn::analysis
