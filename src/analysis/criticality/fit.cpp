#include "analysis/criticality/fit.hpp"
#include "analysis/criticality/families.hpp"
#include "analysis/criticality/tail.hpp"
#include "analysis/criticality/zeta.hpp"
#include "analysis/sums.hpp"

#include <sorn/criticality.hpp>

#include <algorithm>
#include <limits>
#include <numbers>
#include <utility>

namespace sorn::criticality {

namespace {

using analysis::Sum;
using Pair = std::array<double, 2>;

constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();
constexpr int most_iterations = 200;

/// The mean of f(x, ln x) over the fitted values.
template <class F>
double mean(const Fitted& values, F&& f) {
  Sum sum;
  for (std::size_t k = values.first; k < values.end; ++k) {
    const double x = values.sample.distinct()[k];
    sum.add(static_cast<double>(values.sample.count(k)) * f(x, std::log(x)));
  }
  return sum.value() / static_cast<double>(values.samples());
}

/// The expectation and the covariance of two statistics of x under a distribution.
struct Expectation {
  double log_norm = 0.0;
  Pair mean{};
  std::array<double, 3> covariance{};  // of the first with itself, of both, of the second with itself
};

/// The families whose densities are exp(θ·T(x) + …) have a likelihood that is concave in θ, whose slope is the mean of
/// T minus its expectation and whose curvature is minus the covariance of T. So Newton's method finds the maximum.
template <class Statistic>
Expectation expectation(const Fitted& values, const Shape& shape, Statistic&& statistic) {
  const double scale = shape.log_peak(values.xmin, values.xmax);
  const Pair origin = statistic(values.xmin, std::log(values.xmin));  // so that variances do not cancel
  double all = 0.0;
  Pair first{};
  std::array<double, 3> second{};
  const auto take = [&](double x, double log_x, double weight) {
    const Pair t = statistic(x, log_x);
    const double a = t[0] - origin[0];
    const double b = t[1] - origin[1];
    all += weight;
    first[0] += weight * a;
    first[1] += weight * b;
    second[0] += weight * a * a;
    second[1] += weight * a * b;
    second[2] += weight * b * b;
  };
  over_range(shape, values.sample.discrete(), values.xmin, values.xmax, scale, take);
  const Pair m{first[0] / all, first[1] / all};
  return {scale + std::log(all),
          {origin[0] + m[0], origin[1] + m[1]},
          {second[0] / all - m[0] * m[0], second[1] / all - m[0] * m[1], second[2] / all - m[1] * m[1]}};
}

struct Maximum {
  Pair theta{};
  std::array<double, 3> covariance{};  // of the statistics
};

/// The step of Newton's method: covariance⁻¹·slope. A statistic without variance, or one that is not used, does not
/// move.
Pair newton_step(const std::array<double, 3>& covariance, const Pair& slope) {
  const auto [a, b, c] = covariance;
  const double determinant = a * c - b * b;
  if (a <= 0.0 || c <= 0.0 || determinant <= 1e-14 * a * c) return {a > 0.0 ? slope[0] / a : 0.0, 0.0};
  return {(c * slope[0] - b * slope[1]) / determinant, (a * slope[1] - b * slope[0]) / determinant};
}

/// Maximises θ·mean − ln Z(θ) over θ₂ ≤ `limit`, from a θ with θ₁ < 0 if there is one statistic, which then stays below
/// 0.
template <class Moments>
Maximum maximise(Pair theta, const Pair& mean, double limit, Moments&& moments) {
  constexpr double converged = 1e-26;
  const bool single = theta[1] == 0.0;
  Expectation now = moments(theta);
  double likelihood = theta[0] * mean[0] + theta[1] * mean[1] - now.log_norm;
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    const Pair slope{mean[0] - now.mean[0], mean[1] - now.mean[1]};
    Pair step = newton_step(now.covariance, slope);
    if (!single && theta[1] + step[1] > limit) {  // the best step to the limit
      step[1] = limit - theta[1];
      step[0] = (slope[0] - now.covariance[1] * step[1]) / now.covariance[0];
    }
    if (single && theta[0] + step[0] >= 0.0) step[0] = -theta[0] / 2.0;
    if (!(slope[0] * step[0] + slope[1] * step[1] > converged)) break;
    bool better = false;
    double length = 1.0;  // of the step, halved until the likelihood grows
    while (length > 1e-9 && !better) {
      const Pair next{theta[0] + length * step[0], theta[1] + length * step[1]};
      const Expectation then = moments(next);
      const double reached = next[0] * mean[0] + next[1] * mean[1] - then.log_norm;
      better = reached > likelihood && std::isfinite(reached);
      length /= 2.0;
      if (!better) continue;
      theta = next;
      now = then;
      likelihood = reached;
    }
    if (!better) break;  // rounding decides
  }
  return {theta, now.covariance};
}

/// Errors of the parameters θ from the covariance of the statistics of one value.
Pair errors_of(const std::array<double, 3>& covariance, std::size_t samples) {
  const auto [a, b, c] = covariance;
  const auto n = static_cast<double>(samples);
  const double determinant = a * c - b * b;
  if (!(determinant > 0.0)) return {not_defined, not_defined};
  return {std::sqrt(c / determinant / n), std::sqrt(a / determinant / n)};
}

Estimate power_law(const Fitted& values) {
  const double mean_log = mean(values, [&](double x, double) { return std::log(x / values.xmin); });
  constexpr double tolerance = 1e-15;
  const Exponent best = best_exponent(values.sample.discrete(), mean_log, values.xmin, values.xmax, 0.0, tolerance);
  return {{Family::power_law, {best.alpha, 0.0}},
          {1.0 / std::sqrt(best.variance * static_cast<double>(values.samples())), not_defined}};
}

Estimate truncated_power_law(const Fitted& values) {
  const Estimate law = power_law(values);
  const double mean_log = mean(values, [](double, double log_x) { return log_x; });
  const double mean_x = mean(values, [](double x, double) { return x; });
  const auto statistic = [](double x, double log_x) { return Pair{log_x, x}; };
  const auto shape_of = [](const Pair& theta) { return Shape{Family::truncated_power_law, {-theta[0], -theta[1]}}; };
  const auto moments = [&](const Pair& theta) { return expectation(values, shape_of(theta), statistic); };
  const double alpha = law.shape.parameters[0];
  // A cut-off raises the likelihood if the power law expects larger values than there are. Its mean is infinite up
  // to 2.
  bool cut = !std::isfinite(values.xmax) && alpha <= 2.0;
  if (!cut) {
    const auto sums = values.sample.discrete() ? power_sum : power_integral;
    const double expected =
        values.xmin * sums(alpha - 1.0, values.xmin, values.xmax)[0] / sums(alpha, values.xmin, values.xmax)[0];
    cut = expected > mean_x;
  }
  if (!cut) return {{Family::truncated_power_law, {alpha, 0.0}}, {law.errors[0], not_defined}};
  const double largest = values.sample.distinct()[values.end - 1];
  const Maximum best = maximise({-alpha, -1.0 / largest}, {mean_log, mean_x}, -1e-9 / largest, moments);
  return {shape_of(best.theta), errors_of(best.covariance, values.samples())};
}

Estimate lognormal(const Fitted& values) {
  const double mean_log = mean(values, [](double, double log_x) { return log_x; });
  const double mean_square = mean(values, [](double, double log_x) { return log_x * log_x; });
  const double spread = std::max(mean_square - mean_log * mean_log, 1e-12);
  const auto statistic = [](double, double log_x) { return Pair{log_x, log_x * log_x}; };
  const auto shape_of = [](const Pair& theta) {
    const double variance = -0.5 / theta[1];
    return Shape{Family::lognormal, {theta[0] * variance, std::sqrt(variance)}};
  };
  constexpr double widest = 1e6;  // σ²; a wider one is a power law to rounding
  // Without xmax no lognormal with its peak beyond all values is likely, and its sum would begin with zeros.
  const double last_peak = std::log(values.sample.distinct()[values.end - 1]) + 1.0;
  const auto moments = [&](const Pair& theta) {
    const Shape shape = shape_of(theta);
    const auto [mu, sigma] = shape.parameters;
    if (std::isinf(values.xmax) && mu - sigma * sigma > last_peak) {
      return Expectation{.log_norm = std::numeric_limits<double>::infinity()};
    }
    Expectation found = expectation(values, shape, statistic);
    // θ·T lacks the constant −μ²/2σ² of the density.
    found.log_norm -= theta[0] * theta[0] / (4.0 * theta[1]);
    return found;
  };
  const Pair means{mean_log, mean_square};
  Maximum best = maximise({mean_log / spread, -0.5 / spread}, means, -0.5 / widest, moments);
  // Few different values can be so far from that start that no step leads away from it. The power law, beside which a
  // wide lognormal is, is always near enough.
  const double alpha = power_law(values).shape.parameters[0];
  const Pair wide{std::log(values.xmin) + 1.0 - alpha, -0.5};
  const auto likelihood = [&](const Pair& theta) {
    return theta[0] * mean_log + theta[1] * mean_square - moments(theta).log_norm;
  };
  if (!(likelihood(best.theta) >= likelihood(wide))) best = maximise(wide, means, -0.5 / widest, moments);
  const Shape shape = shape_of(best.theta);
  // From the covariance of θ to that of (μ, σ): μ = −θ₁/2θ₂, σ = (−2θ₂)^(−1/2).
  const auto [a, b, c] = best.covariance;
  const double determinant = a * c - b * b;
  const auto n = static_cast<double>(values.samples());
  Estimate estimate{shape};
  if (determinant > 0.0) {
    const auto [mu, sigma] = shape.parameters;
    const double s2 = sigma * sigma;
    const double v11 = c / determinant / n;
    const double v12 = -b / determinant / n;
    const double v22 = a / determinant / n;
    const double mu_1 = s2;
    const double mu_2 = 2.0 * mu * s2;
    const double sigma_2 = s2 * sigma;
    estimate.errors = {std::sqrt(mu_1 * mu_1 * v11 + 2.0 * mu_1 * mu_2 * v12 + mu_2 * mu_2 * v22),
                       sigma_2 * std::sqrt(v22)};
  }
  return estimate;
}

/// The best λ of a density x^(β−1)·exp(−λ·x^β), where β = 1 is the exponential. Returns also the likelihood of a value,
/// and the variance of x^β.
struct Rate {
  double lambda = 0.0;
  double likelihood = 0.0;
  double variance = 0.0;
};
Rate best_rate(const Fitted& values, Family family, double beta) {
  const auto power = [beta](double x, double log_x) { return beta == 1.0 ? x : std::exp(beta * log_x); };
  const double mean_power = mean(values, power);
  const double mean_log = mean(values, [](double, double log_x) { return log_x; });
  const double least = power(values.xmin, std::log(values.xmin));
  const auto shape_of = [&](const Pair& theta) { return Shape{family, {-theta[0], beta}}; };
  const auto statistic = [&](double x, double log_x) { return Pair{power(x, log_x), 0.0}; };
  const auto moments = [&](const Pair& theta) { return expectation(values, shape_of(theta), statistic); };
  const double start = 1.0 / std::max(mean_power - least, 1e-300);
  Rate rate{start, 0.0, 1.0 / (start * start)};
  double log_norm = 0.0;
  if (values.sample.discrete() || std::isfinite(values.xmax)) {
    const Maximum best = maximise({-start, 0.0}, {mean_power, 0.0}, 0.0, moments);
    rate.lambda = -best.theta[0];
    rate.variance = best.covariance[0];
    log_norm = moments(best.theta).log_norm;
  } else {
    log_norm = -rate.lambda * least - std::log(beta * rate.lambda);
  }
  rate.likelihood = (beta - 1.0) * mean_log - rate.lambda * mean_power - log_norm;
  return rate;
}

Estimate exponential(const Fitted& values) {
  const Rate rate = best_rate(values, Family::exponential, 1.0);
  return {{Family::exponential, {rate.lambda, 0.0}},
          {1.0 / std::sqrt(rate.variance * static_cast<double>(values.samples())), not_defined}};
}

Estimate stretched_exponential(const Fitted& values) {
  // The likelihood at the best λ of each β has one maximum; golden sections find it.
  constexpr double golden = 0.6180339887498949;
  double low = std::log(0.001);  // near 0 it is a power law
  double high = std::numbers::ln10;
  const auto at = [&](double log_beta) {
    return best_rate(values, Family::stretched_exponential, std::exp(log_beta)).likelihood;
  };
  double inner = high - golden * (high - low);
  double outer = low + golden * (high - low);
  double at_inner = at(inner);
  double at_outer = at(outer);
  while (high - low > 1e-7) {
    if (at_inner >= at_outer) {
      high = std::exchange(outer, inner);
      at_outer = at_inner;
      inner = high - golden * (high - low);
      at_inner = at(inner);
    } else {
      low = std::exchange(inner, outer);
      at_inner = at_outer;
      outer = low + golden * (high - low);
      at_outer = at(outer);
    }
  }
  const double log_beta = (low + high) / 2.0;
  const double beta = std::exp(log_beta);
  const Rate best = best_rate(values, Family::stretched_exponential, beta);
  Estimate estimate{{Family::stretched_exponential, {best.lambda, beta}}};
  // The error of β from the curvature of this likelihood, and that of λ given β beside the change of λ with β.
  constexpr double width = 1e-3;
  const Rate lower = best_rate(values, Family::stretched_exponential, std::exp(log_beta - width));
  const Rate upper = best_rate(values, Family::stretched_exponential, std::exp(log_beta + width));
  const double curvature = (2.0 * best.likelihood - lower.likelihood - upper.likelihood) / (width * width);
  const auto n = static_cast<double>(values.samples());
  if (curvature > 0.0) {
    const double log_error = 1.0 / std::sqrt(curvature * n);
    const double slope = (upper.lambda - lower.lambda) / (2.0 * width);
    estimate.errors = {std::sqrt(1.0 / (best.variance * n) + slope * slope * log_error * log_error), beta * log_error};
  }
  return estimate;
}

Fit described(const Fitted& values, const Estimate& estimate, double ks_distance) {
  const bool discrete = values.sample.discrete();
  const auto samples = static_cast<double>(values.samples());
  const double log_norm = criticality::log_norm(estimate.shape, discrete, values.xmin, values.xmax);
  const double log_density = mean(values, [&](double x, double log_x) { return estimate.shape.log_density(x, log_x); });
  return {.family = estimate.shape.family,
          .discrete = discrete,
          .xmin = values.xmin,
          .xmax = values.xmax,
          .parameters = estimate.shape.parameters,
          .errors = estimate.errors,
          .samples = values.samples(),
          .log_likelihood = samples * (log_density - log_norm),
          .ks_distance = ks_distance};
}

}  // namespace

Estimate estimate(const Fitted& values, Family family) {
  switch (family) {
    case Family::power_law: return power_law(values);
    case Family::truncated_power_law: return truncated_power_law(values);
    case Family::lognormal: return lognormal(values);
    case Family::exponential: return exponential(values);
    default: return stretched_exponential(values);
  }
}

Fit fit(const Sample& sample, Family family, std::optional<double> xmin, double xmax) {
  const Fitted values = fitted_values(sample, xmin.value_or(sample.distinct().front()), xmax);
  const Estimate best = estimate(values, family);
  const double distance = family == Family::power_law ? TailSearch().at(sample, values.xmin, xmax).distance
                                                      : ks_distance(values, best.shape);
  return described(values, best, distance);
}

Fit fit_tail(const Sample& sample, const Search& search) {
  const Tail tail = TailSearch().best(sample, search);
  const Fitted values = fitted_values(sample, sample.distinct()[tail.first], tail.xmax);
  return described(values, power_law(values), tail.distance);
}

}  // namespace sorn::criticality
