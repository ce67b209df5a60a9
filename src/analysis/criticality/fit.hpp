// The distribution of the largest likelihood.
#pragma once

#include "analysis/criticality/families.hpp"

#include <array>
#include <limits>

namespace sorn::criticality {

struct Estimate {
  Shape shape;
  /// Standard errors of its parameters; NaN: not defined.
  std::array<double, 2> errors{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
};

Estimate estimate(const Fitted& values, Family family);

}  // namespace sorn::criticality
