// Sums over whole numbers, and integrals, of smooth positive functions over a range [a, b], as weighted sums over
// points: Gauss-Legendre panels in ln x, and Gregory's formula for whole numbers beyond the first ones.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace sorn::criticality {

inline constexpr std::size_t panel_points = 16;

/// The points and weights of a Gauss-Legendre rule on [0, 1].
struct PanelRule {
  std::array<double, panel_points> point;
  std::array<double, panel_points> weight;
};
const PanelRule& panel_rule();

/// The integral of f(x) dx over [a, b], which may end at infinity; `panel` is the width of a panel in ln x. Calls
/// take(x, ln x, weight·f(x)), where f(x) = exp(log_f(x, ln x)), and returns the sum of the last argument.
template <class LogF, class Take>
double integrate(double a, double b, double panel, LogF&& log_f, Take&& take) {
  constexpr double negligible = 1e-18;
  constexpr double last = 690.0;  // ln x of the largest numbers
  const PanelRule& rule = panel_rule();
  const double end = std::isinf(b) ? last : std::log(b);
  const double begin = std::log(a);
  const auto panels = static_cast<std::size_t>(std::ceil((end - begin) / panel));
  const double width = std::isinf(b) ? panel : (end - begin) / static_cast<double>(panels);
  double total = 0.0;
  double before = 0.0;
  for (std::size_t k = 0; k < panels; ++k) {
    double sum = 0.0;
    for (std::size_t i = 0; i < panel_points; ++i) {
      const double log_x = begin + (static_cast<double>(k) + rule.point[i]) * width;
      const double x = std::exp(log_x);
      const double value = std::exp(log_f(x, log_x) + log_x) * rule.weight[i] * width;
      take(x, log_x, value);
      sum += value;
    }
    total += sum;
    if (sum <= total * negligible && sum <= before) break;
    before = sum;
  }
  return total;
}

/// The sum of f(x) over the whole numbers from a to b, which may be infinity. Calls as those of integrate().
template <class LogF, class Take>
double sum_over(double a, double b, double panel, LogF&& log_f, Take&& take) {
  constexpr double singly = 1024.0;  // so many are added one by one
  constexpr double negligible = 1e-18;
  const auto add = [&](double x, double weight) {
    const double log_x = std::log(x);
    const double value = weight * std::exp(log_f(x, log_x));
    take(x, log_x, value);
    return value;
  };
  double total = 0.0;
  double before = 0.0;
  double x = a;
  while (x <= b && x < a + singly) {
    const double value = add(x, 1.0);
    total += value;
    if (value <= total * negligible && value <= before) return total;
    before = value;
    ++x;
  }
  if (x > b) return total;
  // Σ f(x) = ∫ f − δf/24 + 17·δ³f/5760 − … at the upper end minus the same at the lower one, with central differences δ
  // at the places between two whole numbers.
  const auto ends = [&](double above, double sign) {
    constexpr double first = 1.0 / 24.0;
    constexpr double third = 17.0 / 5760.0;
    return add(above, sign * (-first - 3.0 * third)) + add(above - 1.0, sign * (first + 3.0 * third)) +
           add(above + 1.0, sign * third) + add(above - 2.0, sign * -third);
  };
  total += integrate(x - 0.5, b + 0.5, panel, log_f, take);
  total += ends(x, -1.0);
  if (std::isfinite(b)) total += ends(b + 1.0, 1.0);
  return total;
}

}  // namespace sorn::criticality
