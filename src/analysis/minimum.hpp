// The minimum of a function of one number.
#pragma once

#include <cmath>

namespace sorn::analysis {

/// The place of a minimum of f in [low, high], to `tolerance` times the larger end, by golden sections.
template <class F>
double minimum(double low, double high, double tolerance, F&& f) {
  const double golden = (std::sqrt(5.0) - 1.0) / 2.0;
  while (high - low > tolerance * std::fmax(std::abs(low), std::abs(high))) {
    const double left = high - golden * (high - low);
    const double right = low + golden * (high - low);
    if (f(left) < f(right)) {
      high = right;
    } else {
      low = left;
    }
  }
  return (low + high) / 2.0;
}

}  // namespace sorn::analysis
