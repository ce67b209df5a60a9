#include <sorn/density.hpp>

#include "analysis/line.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sorn::criticality {

namespace {

constexpr double most_bins = 10'000;

void require_values(std::span<const double> values, std::optional<bool> discrete) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!std::isfinite(values[k])) {
      throw StateError(formatted("values[{}] = {}", k, values[k]), "must be a finite number");
    }
    if (discrete.value_or(false) && values[k] != std::floor(values[k])) {
      throw StateError(formatted("values[{}] = {}", k, values[k]), "must be a whole number: discrete is set");
    }
  }
}

/// The limits of the bins, one more than there are bins.
std::vector<double> limits_of(double shortest, double longest, double bins_per_decade) {
  if (!std::isfinite(shortest) || !std::isfinite(longest) || shortest <= 0.0 || shortest >= longest) {
    throw ParameterError(formatted("a density from {} to {}", shortest, longest),
                         "must have two finite limits above 0, the shorter one first");
  }
  const double decades = std::log10(longest) - std::log10(shortest);
  const double bins = std::round(decades * bins_per_decade);
  if (!(bins_per_decade > 0.0) || !(bins >= 1.0) || bins > most_bins) {
    throw ParameterError(formatted("bins_per_decade = {} over {:.3g} decades", bins_per_decade, decades),
                         formatted("must make 1 to {:.0f} bins", most_bins));
  }
  std::vector<double> limits;
  for (std::size_t k = 0; k <= static_cast<std::size_t>(bins); ++k) {
    limits.push_back(shortest * std::pow(10.0, decades * (static_cast<double>(k) / bins)));
  }
  limits.front() = shortest;
  limits.back() = longest;
  return limits;
}

/// Where a bin lies and how wide it is; it holds its lower limit, and the last one also its upper limit.
struct Bin {
  double place;
  double width;
};

Bin bin_of(double low, double high, bool last, bool discrete) {
  if (!discrete) return {std::sqrt(low) * std::sqrt(high), high - low};
  const double first = std::ceil(low);
  const double end = last ? std::floor(high) + 1.0 : std::ceil(high);
  return {std::sqrt(first) * std::sqrt(end - 1.0), end - first};
}

}  // namespace

LogDensity density_exponent(std::span<const double> values, double shortest, double longest, double bins_per_decade,
                            std::optional<bool> discrete) {
  const std::vector<double> limits = limits_of(shortest, longest, bins_per_decade);
  require_values(values, discrete);
  const bool whole =
      discrete ? *discrete
               : std::all_of(values.begin(), values.end(), [](double value) { return value == std::floor(value); });
  std::vector<std::uint64_t> counts(limits.size() - 1, 0);
  LogDensity found;
  for (const double value : values) {
    if (value < shortest || value > longest) continue;
    const auto above = std::upper_bound(limits.begin(), limits.end(), value) - limits.begin();
    ++counts[std::min(static_cast<std::size_t>(above) - 1, counts.size() - 1)];
    ++found.samples;
  }
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    const Bin bin = bin_of(limits[k], limits[k + 1], k + 1 == counts.size(), whole);
    const double density = static_cast<double>(counts[k]) / (static_cast<double>(found.samples) * bin.width);
    found.places.push_back(bin.place);
    found.density.push_back(density);
    x.push_back(std::log(bin.place));
    y.push_back(std::log(density));
  }
  const auto line = analysis::straight_line(x, y);
  if (!line) {
    throw StateError(formatted("values in {} bins from {} to {}", x.size(), shortest, longest),
                     "must be in three bins at least, with different densities");
  }
  found.exponent = -line->slope;
  found.intercept = line->intercept;
  found.r_squared = line->r_squared;
  return found;
}

}  // namespace sorn::criticality
