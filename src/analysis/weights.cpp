// Connections and the distribution of their weights.
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sorn::statistics {

double connection_fraction(std::size_t synapses, std::size_t n_pre, std::size_t n_post) {
  const auto pre = static_cast<double>(n_pre);
  const auto post = static_cast<double>(n_post);
  const double possible = n_pre == n_post ? pre * (post - 1.0) : pre * post;
  if (possible <= 0.0) {
    throw ShapeError(formatted("weights of shape ({}, {})", n_pre, n_post), "must have a pair of units to connect");
  }
  return static_cast<double>(synapses) / possible;
}

std::optional<LognormalFit> lognormal_fit(std::span<const double> weights, double cutoff) {
  if (!std::isfinite(cutoff) || cutoff <= 0.0) {
    throw ParameterError(formatted("cutoff = {}", cutoff), "must be a finite number > 0");
  }
  std::vector<double> logs;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i])) {
      throw StateError(formatted("weights: entry {} = {}", i, weights[i]), "must be finite numbers");
    }
    if (weights[i] >= cutoff) logs.push_back(std::log(weights[i]));
  }
  std::sort(logs.begin(), logs.end());
  if (logs.size() < least("lognormal_fit") || logs.front() == logs.back()) return {};

  LognormalFit fit;
  const auto [mean, variance] = analysis::moments(std::span<const double>(logs));
  fit.mu = mean;
  fit.sigma = std::sqrt(variance);
  fit.samples = logs.size();
  const auto n = static_cast<double>(logs.size());
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double fitted = 0.5 * std::erfc(-(logs[i] - fit.mu) / (fit.sigma * std::numbers::sqrt2));
    const auto below = static_cast<double>(i);
    fit.ks_distance = std::max({fit.ks_distance, fitted - below / n, (below + 1.0) / n - fitted});
  }
  return fit;
}

std::vector<double> weights_of(const SynapseMatrix& matrix) {
  std::vector<double> weights;
  weights.reserve(matrix.synapse_count());
  for (std::size_t post = 0; post < matrix.n_post(); ++post) {
    const auto column = matrix.column(post).weight;
    weights.insert(weights.end(), column.begin(), column.end());
  }
  return weights;
}

}  // namespace sorn::statistics
