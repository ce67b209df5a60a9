#include "analysis/criticality/zeta.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sorn::criticality {

namespace {

/// A function of α: its value and its first two derivatives.
using Jet = std::array<double, 3>;

Jet operator*(const Jet& a, const Jet& b) noexcept {
  return {a[0] * b[0], a[1] * b[0] + a[0] * b[1], a[2] * b[0] + 2.0 * a[1] * b[1] + a[0] * b[2]};
}
Jet operator*(double factor, const Jet& a) noexcept { return {factor * a[0], factor * a[1], factor * a[2]}; }
Jet& operator+=(Jet& a, const Jet& b) noexcept {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] += b[k];
  return a;
}

/// r^−α, from ln r.
Jet power(double alpha, double log_r) noexcept {
  const double value = std::exp(-alpha * log_r);
  return {value, -log_r * value, log_r * log_r * value};
}

/// ∫₀¹ exp(z·t)·tᵏ dt for k = 0, 1, 2, which are (e^z − 1)/z and its derivatives by z.
Jet exponential_integrals(double z) noexcept {
  if (std::abs(z) < 0.5) {
    Jet sums{};
    double term = 1.0;  // z^n/n!
    for (int n = 0; n < 24; ++n) {
      for (int k = 0; k < 3; ++k) sums[static_cast<std::size_t>(k)] += term / (n + k + 1);
      term *= z / (n + 1);
    }
    return sums;
  }
  const double e = std::exp(z);
  const double first = std::expm1(z) / z;
  const double second = (e - first) / z;
  return {first, second, (e - 2.0 * second) / z};
}

/// ∫ x^−α dx over [q, q·e^length], divided by q^(1−α).
Jet integral(double alpha, double length) noexcept {
  if (std::isinf(length)) {
    const double d = 1.0 / (alpha - 1.0);
    return {d, -d * d, 2.0 * d * d * d};
  }
  const Jet by_z = exponential_integrals((1.0 - alpha) * length);  // dz/dα = −length
  return {length * by_z[0], -length * length * by_z[1], length * length * length * by_z[2]};
}

/// The corrections of Euler and Maclaurin at an end q of a sum, divided by q^−α: Σ B₂ₖ/(2k)!·(α)₂ₖ₋₁·q^(1−2k).
Jet end_corrections(double alpha, double q) noexcept {
  constexpr std::array<double, 8> bernoulli{1.0 / 12.0,          -1.0 / 720.0,
                                            1.0 / 30240.0,       -1.0 / 1209600.0,
                                            1.0 / 47900160.0,    -691.0 / 1307674368000.0,
                                            1.0 / 74724249600.0, -3617.0 / 10670622842880000.0};
  Jet rising{alpha / q, 1.0 / q, 0.0};
  Jet sum{};
  for (std::size_t k = 0; k < bernoulli.size(); ++k) {
    sum += bernoulli[k] * rising;
    for (const double next : {2.0 * static_cast<double>(k) + 1.0, 2.0 * static_cast<double>(k) + 2.0}) {
      rising = rising * Jet{(alpha + next) / q, 1.0 / q, 0.0};
    }
  }
  return sum;
}

}  // namespace

std::array<double, 3> power_sum(double alpha, double xmin, double xmax) noexcept {
  // Terms are added until the corrections of the rest converge.
  const double far = 20.0 + 2.0 * std::abs(alpha);
  Jet sum{};
  double x = xmin;
  while (x <= xmax && x < far) sum += power(alpha, std::log(x++ / xmin));
  if (x > xmax) return sum;
  Jet rest = x * integral(alpha, std::log(xmax / x));
  rest += Jet{0.5, 0.0, 0.0};
  rest += end_corrections(alpha, x);
  if (std::isfinite(xmax)) {
    Jet end = -1.0 * end_corrections(alpha, xmax);
    end += Jet{0.5, 0.0, 0.0};
    rest += power(alpha, std::log(xmax / x)) * end;
  }
  sum += power(alpha, std::log(x / xmin)) * rest;
  return sum;
}

std::array<double, 3> power_integral(double alpha, double xmin, double xmax) noexcept {
  return xmin * integral(alpha, std::log(xmax / xmin));
}

Exponent best_exponent(bool discrete, double mean_log, double xmin, double xmax, double guess,
                       double tolerance) noexcept {
  constexpr int most_steps = 200;
  const bool bounded = std::isfinite(xmax);
  Exponent found{1.0 + 1.0 / mean_log, mean_log * mean_log};
  if (!bounded && !discrete) return found;
  // Clauset, Shalizi & Newman's approximation for whole numbers, which stays small if nearly all are xmin
  if (discrete) found.alpha = 1.0 + 1.0 / (mean_log - std::log1p(-0.5 / xmin));
  if (guess > 0.0) found.alpha = guess;
  const auto sums = discrete ? power_sum : power_integral;
  // The logarithm of the sum is convex in α, so Newton's method converges; a step never leaves the range.
  for (int k = 0; k < most_steps; ++k) {
    const auto [sum, slope, curvature] = sums(found.alpha, xmin, xmax);
    found.variance = curvature / sum - (slope / sum) * (slope / sum);
    double step = (-slope / sum - mean_log) / found.variance;
    if (!bounded && found.alpha + step <= 1.0) step = (1.0 - found.alpha) / 2.0;
    const double longest = std::max(1.0, std::abs(found.alpha) / 2.0);
    if (!(std::abs(step) <= longest)) step = std::copysign(longest, -slope / sum - mean_log);
    found.alpha += step;
    if (std::abs(step) <= tolerance * std::max(1.0, std::abs(found.alpha))) break;
  }
  return found;
}

}  // namespace sorn::criticality
