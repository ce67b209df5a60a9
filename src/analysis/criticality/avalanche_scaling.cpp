#include "analysis/minimum.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/avalanche_scaling.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace sorn::criticality {

namespace {

using analysis::Sum;

struct Point {
  double x;
  double y;
  double weight = 1.0;
};

/// The line of least squares through points of which at least two differ in x.
Line line_through(std::span<const Point> points) {
  Sum weights;
  Sum xs;
  Sum ys;
  for (const Point& p : points) {
    weights.add(p.weight);
    xs.add(p.weight * p.x);
    ys.add(p.weight * p.y);
  }
  const double x = xs.value() / weights.value();
  const double y = ys.value() / weights.value();
  Sum squares;
  Sum products;
  for (const Point& p : points) {
    squares.add(p.weight * (p.x - x) * (p.x - x));
    products.add(p.weight * (p.x - x) * (p.y - y));
  }
  Line line{.slope = products.value() / squares.value(),
            .intercept = 0.0,
            .slope_error = std::numeric_limits<double>::quiet_NaN()};
  line.intercept = y - line.slope * x;
  if (points.size() < 3) return line;
  Sum residuals;
  for (const Point& p : points) {
    const double off = p.y - line.intercept - line.slope * p.x;
    residuals.add(p.weight * off * off);
  }
  line.slope_error = std::sqrt(residuals.value() / static_cast<double>(points.size() - 2) / squares.value());
  return line;
}

double squared(double x) noexcept { return x * x; }

void require_finite(const Measurement& measurement, const char* name) {
  if (std::isfinite(measurement.value) && std::isfinite(measurement.error) && measurement.error >= 0.0) return;
  throw ParameterError(formatted("{} = {} ± {}", name, measurement.value, measurement.error),
                       "must be finite numbers, the error from 0 on");
}

}  // namespace

SizeScaling size_scaling(std::span<const double> sizes, std::span<const std::int64_t> durations, std::int64_t shortest,
                         std::int64_t longest) {
  if (sizes.size() != durations.size()) {
    throw ShapeError(formatted("{} sizes and {} durations", sizes.size(), durations.size()), "must be equally many");
  }
  if (sizes.empty()) throw StateError("no avalanches", "must be at least one");
  if (shortest < 1 || longest <= shortest) {
    throw ParameterError(formatted("durations from {} to {}", shortest, longest),
                         "must be two different numbers from 1 on, in ascending order");
  }
  std::map<std::int64_t, std::pair<Sum, std::uint64_t>> of_duration;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    auto& [sum, count] = of_duration[durations[k]];
    sum.add(sizes[k]);
    ++count;
  }
  SizeScaling found;
  std::vector<Point> points;
  for (const auto& [duration, entry] : of_duration) {
    const auto& [sum, count] = entry;
    const auto n = static_cast<double>(count);
    found.durations.push_back(duration);
    found.mean_sizes.push_back(sum.value() / n);
    found.counts.push_back(count);
    if (duration < shortest || duration > longest) continue;
    points.push_back({std::log(static_cast<double>(duration)), std::log(sum.value() / n), n});
  }
  if (points.size() >= 2) found.line = line_through(points);
  return found;
}

Crackling crackling_relation(const Measurement& size_exponent, const Measurement& duration_exponent,
                             const Measurement& gamma) {
  require_finite(size_exponent, "the exponent of sizes");
  require_finite(duration_exponent, "the exponent of durations");
  require_finite(gamma, "gamma");
  const double sizes = size_exponent.value - 1.0;
  const double durations = duration_exponent.value - 1.0;
  if (sizes <= 0.0 || durations <= 0.0) {
    throw ParameterError(
        formatted("exponents of {} (sizes) and {} (durations)", size_exponent.value, duration_exponent.value),
        "must be above 1");
  }
  Crackling relation{.predicted = durations / sizes, .fitted = gamma.value, .fitted_error = gamma.error};
  relation.predicted_error =
      relation.predicted * std::hypot(size_exponent.error / sizes, duration_exponent.error / durations);
  relation.dcc = std::abs(relation.predicted - relation.fitted);
  relation.dcc_error = std::hypot(relation.predicted_error, relation.fitted_error);
  return relation;
}

// --- Shapes

namespace {

constexpr std::size_t collapse_places = 100;

/// The mean profiles, as functions of t/T at the same places, before they are scaled.
struct MeanProfiles {
  std::vector<std::int64_t> durations;
  std::vector<std::uint64_t> counts;
  std::vector<double> places;
  std::vector<double> values;  // (durations, places)
};

/// The value of a profile at a place in (0, 1). Its bins have their values at their middles, and it is 0 at both ends.
double profile_at(std::span<const double> profile, double place) noexcept {
  const auto n = std::ssize(profile);
  const double at = place * static_cast<double>(n) - 0.5;
  const auto before = static_cast<std::ptrdiff_t>(std::floor(at));
  if (before < 0) return profile[0] * (at + 0.5) / 0.5;
  if (before + 1 >= n) return profile[static_cast<std::size_t>(n) - 1] * (static_cast<double>(n) - 0.5 - at) / 0.5;
  const auto low = static_cast<std::size_t>(before);
  return profile[low] + (at - static_cast<double>(before)) * (profile[low + 1] - profile[low]);
}

MeanProfiles mean_profiles(const Avalanches& avalanches, const CollapseOptions& options) {
  std::map<std::int64_t, std::pair<std::vector<double>, std::uint64_t>> sums;
  std::size_t begin = 0;
  for (const std::int64_t duration : avalanches.durations) {
    const auto length = static_cast<std::size_t>(duration);
    if (duration >= options.shortest && duration <= options.longest) {
      auto& [sum, count] = sums[duration];
      sum.resize(length);
      for (std::size_t t = 0; t < length; ++t) sum[t] += avalanches.profiles[begin + t];
      ++count;
    }
    begin += length;
  }
  MeanProfiles means;
  for (std::size_t i = 0; i < collapse_places; ++i) {
    means.places.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(collapse_places));
  }
  for (auto& [duration, entry] : sums) {
    auto& [profile, count] = entry;
    if (count < options.least) continue;
    means.durations.push_back(duration);
    means.counts.push_back(count);
    for (double& value : profile) value /= static_cast<double>(count);
    for (const double place : means.places) means.values.push_back(profile_at(profile, place));
  }
  return means;
}

/// The factor T^(1 − γ).
double scale(std::int64_t duration, double gamma) noexcept {
  return std::pow(static_cast<double>(duration), 1.0 - gamma);
}

double collapse_error(const MeanProfiles& means, double gamma) {
  const auto n = static_cast<double>(means.durations.size());
  double variances = 0.0;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  for (std::size_t i = 0; i < means.places.size(); ++i) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t k = 0; k < means.durations.size(); ++k) {
      const double value = means.values[k * means.places.size() + i] * scale(means.durations[k], gamma);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / n;
    variances += std::max(0.0, squares / n - mean * mean);
    lowest = std::min(lowest, mean);
    highest = std::max(highest, mean);
  }
  return variances / static_cast<double>(means.places.size()) / squared(highest - lowest);
}

/// The place of the smallest value of f between two places: the best of a grid, and then of its neighbourhood.
template <class F>
double smallest(double low, double high, const F& f) {
  constexpr int steps = 50;
  constexpr double tolerance = 1e-10;
  double best = low;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= steps; ++i) {
    const double x = low + (high - low) * i / steps;
    const double value = f(x);
    if (value >= least) continue;
    least = value;
    best = x;
  }
  const double width = (high - low) / steps;
  return analysis::minimum(std::max(low, best - width), std::min(high, best + width), tolerance, f);
}

}  // namespace

ShapeCollapse shape_collapse(const Avalanches& avalanches, const CollapseOptions& options) {
  if (avalanches.profiles.empty()) throw ParameterError("avalanches without profiles", "must have kept them");
  if (options.shortest < 2 || options.longest <= options.shortest) {
    throw ParameterError(formatted("durations from {} to {}", options.shortest, options.longest),
                         "must be two different numbers from 2 on, in ascending order");
  }
  if (!(std::isfinite(options.lowest) && std::isfinite(options.highest) && options.lowest < options.highest)) {
    throw ParameterError(formatted("gamma from {} to {}", options.lowest, options.highest),
                         "must be finite numbers in ascending order");
  }
  MeanProfiles means = mean_profiles(avalanches, options);
  if (means.durations.size() < 2) {
    throw StateError(formatted("{} durations with at least {} avalanches", means.durations.size(), options.least),
                     "must be at least 2 to compare shapes");
  }
  const double gamma =
      smallest(options.lowest, options.highest, [&](double trial) { return collapse_error(means, trial); });
  ShapeCollapse found{.gamma = gamma, .error = collapse_error(means, gamma)};
  for (std::size_t k = 0; k < means.durations.size(); ++k) {
    for (std::size_t i = 0; i < means.places.size(); ++i) {
      means.values[k * means.places.size() + i] *= scale(means.durations[k], gamma);
    }
  }
  found.durations = std::move(means.durations);
  found.counts = std::move(means.counts);
  found.places = std::move(means.places);
  found.shapes = std::move(means.values);
  return found;
}

// --- Sizes of networks

FiniteSizeScaling finite_size_scaling(std::span<const double> units, std::span<const std::span<const double>> sizes,
                                      std::span<const double> orders) {
  if (units.size() != sizes.size()) {
    throw ShapeError(formatted("{} numbers of units for {} networks", units.size(), sizes.size()),
                     "must be equally many");
  }
  for (const double n : units) {
    if (!std::isfinite(n) || n < 1.0)
      throw ParameterError(formatted("a network of {} units", n), "must have at least 1");
  }
  if (units.empty() || std::all_of(units.begin(), units.end(), [&](double n) { return n == units[0]; })) {
    throw StateError(formatted("{} networks of the same number of units", units.size()),
                     "must have at least two different ones");
  }
  if (orders.size() < 2 || std::adjacent_find(orders.begin(), orders.end(), std::greater_equal<>()) != orders.end()) {
    throw ParameterError(formatted("{} orders of moments", orders.size()), "must be at least two, in ascending order");
  }
  FiniteSizeScaling found;
  std::vector<Point> exponents;
  for (const double order : orders) {
    std::vector<Point> points;
    for (std::size_t k = 0; k < units.size(); ++k) {
      if (sizes[k].empty()) throw StateError(formatted("network {} has no avalanches", k), "must have at least one");
      Sum moment;
      for (const double size : sizes[k]) {
        if (!(size > 0.0) || !std::isfinite(size)) {
          throw StateError(formatted("a size of {} in network {}", size, k), "must be finite and above 0");
        }
        moment.add(std::pow(size, order));
      }
      points.push_back({std::log(units[k]), std::log(moment.value() / static_cast<double>(sizes[k].size()))});
    }
    found.orders.push_back(order);
    found.growth.push_back(line_through(points));
    exponents.push_back({order, found.growth.back().slope});
  }
  found.line = line_through(exponents);
  found.dimension = found.line.slope;
  // σ(q) = D·(q + 1 − α): the line is 0 at q = α − 1.
  found.exponent = 1.0 - found.line.intercept / found.line.slope;
  return found;
}

}  // namespace sorn::criticality
