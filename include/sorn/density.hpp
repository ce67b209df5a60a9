// The exponent of a density in logarithmic bins.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace sorn::criticality {

/// The density of values in bins of equal width on a logarithmic axis, and the line through it.
struct LogDensity {
  std::vector<double> places;   ///< the geometric mean of the limits of each bin that holds a value, ascending
  std::vector<double> density;  ///< of the values within the limits; it integrates to 1
  std::size_t samples = 0;      ///< values within the limits
  double exponent = 0.0;        ///< α of a density ∝ x^−α: minus the slope of ln(density) over ln(place)
  double intercept = 0.0;       ///< ln(density) of the line at 1
  double r_squared = 0.0;       ///< of the line, from 0 to 1
};

/// The line that fits ln(density) over ln(x) by least squares, where each bin that holds a value counts equally. Its
/// exponent depends on the bins; that of maximum likelihood (fit(), fit_lifetimes()) does not, and is more precise.
/// @param values           finite numbers; those outside of [shortest, longest] are left out
/// @param bins_per_decade  the decades between the limits have so many bins, rounded to a whole number of them
/// @param discrete         whether values are whole numbers by nature, so that the width of a bin is the number of
///   whole numbers in it, and its limits are the smallest and the largest of them; unset: whether all are whole
/// @throws ParameterError unless 0 < shortest < longest are finite, and there are 1 to 10,000 bins; StateError if a
///   value is not finite, or not whole though discrete, or if fewer than three bins hold a value, or all densities are
///   equal
LogDensity density_exponent(std::span<const double> values, double shortest, double longest,
                            double bins_per_decade = 10.0, std::optional<bool> discrete = {});

}  // namespace sorn::criticality
