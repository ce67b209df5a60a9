// Sums of x^−α over whole numbers.
#pragma once

#include <array>

namespace sorn::criticality {

/// The sum of x^−α over the whole numbers from xmin to xmax (infinity only for α > 1), divided by xmin^−α; and its
/// first two derivatives by α.
std::array<double, 3> power_sum(double alpha, double xmin, double xmax) noexcept;

/// The integral of x^−α over [xmin, xmax], divided in the same way; and its first two derivatives by α.
std::array<double, 3> power_integral(double alpha, double xmin, double xmax) noexcept;

/// The exponent of a power law, and the variance of ln x under it.
struct Exponent {
  double alpha = 0.0;
  double variance = 0.0;
};

/// The exponent of the largest likelihood of values from xmin to xmax.
/// @param mean_log   the mean of ln(x/xmin) over the values, above 0
/// @param guess      where the search begins; 0: at the exponent of a continuous law without xmax
/// @param tolerance  of the last step, relative to the exponent
Exponent best_exponent(bool discrete, double mean_log, double xmin, double xmax, double guess,
                       double tolerance) noexcept;

}  // namespace sorn::criticality
