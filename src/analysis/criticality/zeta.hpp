// Sums of x^−α over whole numbers.
#pragma once

#include <array>

namespace sorn::criticality {

/// The sum of x^−α over the whole numbers from xmin to xmax (infinity only for α > 1), divided by xmin^−α; and its
/// first two derivatives by α.
std::array<double, 3> power_sum(double alpha, double xmin, double xmax) noexcept;

/// The integral of x^−α over [xmin, xmax], divided in the same way; and its first two derivatives by α.
std::array<double, 3> power_integral(double alpha, double xmin, double xmax) noexcept;

}  // namespace sorn::criticality
