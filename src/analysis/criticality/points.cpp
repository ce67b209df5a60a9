#include "analysis/criticality/points.hpp"

#include <numbers>

namespace sorn::criticality {

namespace {

/// The roots of Legendre's polynomial by Newton's method.
PanelRule make_rule() {
  PanelRule rule{};
  constexpr auto n = static_cast<double>(panel_points);
  for (std::size_t i = 0; i < panel_points; ++i) {
    double z = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5));
    double slope = 0.0;
    for (int iteration = 0; iteration < 50; ++iteration) {
      double now = 1.0;
      double before = 0.0;
      for (std::size_t j = 0; j < panel_points; ++j) {
        const auto order = static_cast<double>(j);
        const double next = ((2.0 * order + 1.0) * z * now - order * before) / (order + 1.0);
        before = now;
        now = next;
      }
      slope = n * (z * now - before) / (z * z - 1.0);
      const double step = now / slope;
      z -= step;
      if (std::abs(step) < 1e-16) break;
    }
    rule.point[i] = 0.5 * (1.0 - z);
    rule.weight[i] = 1.0 / ((1.0 - z * z) * slope * slope);
  }
  return rule;
}

}  // namespace

const PanelRule& panel_rule() {
  static const PanelRule rule = make_rule();
  return rule;
}

}  // namespace sorn::criticality
