// The families of distributions as functions of their parameters.
#pragma once

#include "analysis/criticality/points.hpp"

#include <sorn/criticality.hpp>

#include <array>
#include <cmath>

namespace sorn::criticality {

/// A family with parameters, without the factor that makes its probabilities sum to 1.
struct Shape {
  Family family = Family::power_law;
  std::array<double, 2> parameters{};

  /// The logarithm of the density up to a constant.
  double log_density(double x, double log_x) const noexcept {
    const auto [first, second] = parameters;
    switch (family) {
      case Family::power_law: return -first * log_x;
      case Family::truncated_power_law: return -first * log_x - second * x;
      case Family::lognormal: return -log_x - (log_x - first) * (log_x - first) / (2.0 * second * second);
      case Family::exponential: return -first * x;
      default: return (second - 1.0) * log_x - first * std::exp(second * log_x);
    }
  }
  /// The largest logarithm of the density in [xmin, xmax].
  double log_peak(double xmin, double xmax) const noexcept;
  /// The width in ln x over which the density near xmin is smooth enough for one panel of an integral.
  double panel(double xmin) const noexcept;
};

/// Sums, or integrates, the density times exp(−log_scale) over [a, b]: see sum_over() and integrate().
template <class Take>
double over_range(const Shape& shape, bool discrete, double a, double b, double log_scale, Take&& take) {
  const auto log_f = [&](double x, double log_x) { return shape.log_density(x, log_x) - log_scale; };
  const double panel = shape.panel(a);
  return discrete ? sum_over(a, b, panel, log_f, take) : integrate(a, b, panel, log_f, take);
}

/// The probability of the values in [a, b] of a range, up to the constant exp(log_scale) with which all of one range
/// are scaled.
double mass(const Shape& shape, bool discrete, double a, double b, double log_scale);

/// The logarithm of the sum, or integral, of the density over a range.
double log_norm(const Shape& shape, bool discrete, double xmin, double xmax);

/// The values of a sample that a distribution is fitted to.
struct Fitted {
  const Sample& sample;
  std::size_t first = 0;  ///< the first one in sample.distinct()
  std::size_t end = 0;    ///< after the last one
  double xmin = 1.0;
  double xmax = unbounded;

  std::size_t samples() const noexcept { return sample.below()[end] - sample.below()[first]; }
};

/// Checks a range of fit(). @throws as fit()
Fitted fitted_values(const Sample& sample, double xmin, double xmax);

/// The largest difference between P(X < x) of the shape and of the values, over the values.
double ks_distance(const Fitted& values, const Shape& shape);

}  // namespace sorn::criticality
