#include "analysis/exponential_curve.hpp"

#include "analysis/minimum.hpp"
#include "analysis/sums.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sorn::analysis {

namespace {

/// The best height for a time constant, and the weighted squares of the residuals that it leaves.
struct OfConstant {
  double height;
  double squares;
};

OfConstant best_height(std::span<const double> x, std::span<const double> y, std::span<const double> deviations,
                       double constant) noexcept {
  const auto shape = [&](std::size_t k) { return std::exp(-(x[k] - x[0]) / constant); };
  Sum products;
  Sum shapes;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double weight = 1.0 / (deviations[k] * deviations[k]);
    products.add(weight * y[k] * shape(k));
    shapes.add(weight * shape(k) * shape(k));
  }
  const double height = std::max(0.0, products.value() / shapes.value());
  Sum squares;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double residual = (y[k] - height * shape(k)) / deviations[k];
    squares.add(residual * residual);
  }
  return {height, squares.value()};
}

}  // namespace

ExponentialCurve exponential_curve(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> deviations, double shortest, double longest) noexcept {
  // There may be several minima: the lowest of some constants lies beside the one to find.
  constexpr int places = 400;
  constexpr double tolerance = 1e-9;
  const double factor = std::pow(longest / shortest, 1.0 / places);
  const auto squares = [&](double constant) { return best_height(x, y, deviations, constant).squares; };
  double best = shortest;
  double least = squares(best);
  for (int k = 1; k <= places; ++k) {
    const double constant = shortest * std::pow(factor, k);
    const double here = squares(constant);
    if (here >= least) continue;
    best = constant;
    least = here;
  }
  const double constant =
      minimum(std::max(shortest, best / factor), std::min(longest, best * factor), tolerance, squares);
  return {best_height(x, y, deviations, constant).height, constant};
}

}  // namespace sorn::analysis
