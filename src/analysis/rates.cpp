// Firing rates of neurons and of the network, and the smoothness of a series of rates.
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <cmath>
#include <limits>

namespace sorn::statistics {

namespace {

/// The differences rates[i+1] − rates[i] of two rates or more.
analysis::Moments difference_moments(std::span<const double> rates) {
  return analysis::moments(rates.size() - 1, [&](std::size_t i) { return rates[i + 1] - rates[i]; });
}

}  // namespace

double firing_rate(const SpikeTrain& train, std::size_t neuron, std::size_t bin_size) {
  analysis::require_content(train);
  analysis::require_neuron(train, neuron);
  analysis::require_window(train, "bin_size", bin_size);
  return static_cast<double>(train.spike_count(neuron)) * static_cast<double>(bin_size) /
         static_cast<double>(train.steps());
}

std::vector<std::int64_t> network_activity(const SpikeTrain& train) {
  std::vector<std::int64_t> activity(train.steps());
  analysis::add_per_step(
      train, std::span(activity), [&](std::size_t neuron, std::size_t w) { return train.words(neuron)[w]; },
      [](std::size_t) { return std::int64_t{1}; });
  return activity;
}

std::optional<double> scale_dependent_smoothness(std::span<const double> rates) {
  if (rates.size() < least("scale_dependent_smoothness")) return {};
  return std::sqrt(difference_moments(rates).variance);
}

std::optional<double> scale_independent_smoothness(std::span<const double> rates) {
  if (rates.size() < least("scale_independent_smoothness")) return {};
  const auto [mean, variance] = difference_moments(rates);
  if (variance == 0.0 && mean == 0.0) return {};
  if (variance == 0.0) return 0.0;
  // The differences add up to last − first, which is computed exactly.
  if (rates.front() == rates.back()) return std::numeric_limits<double>::infinity();
  return std::sqrt(variance) / std::abs(mean);
}

std::optional<double> autocorrelation(std::span<const double> rates, std::size_t lag) {
  constexpr std::size_t pairs = least("autocorrelation");
  if (lag > rates.size() || rates.size() - lag < pairs) {
    throw ParameterError(formatted("t = {}", lag),
                         formatted("must leave at least {} pairs of the {} firing rates", pairs, rates.size()));
  }
  const std::size_t n = rates.size() - lag;
  const auto [mean_x, variance_x] = analysis::moments(rates.first(n));
  const auto [mean_y, variance_y] = analysis::moments(rates.last(n));
  if (variance_x == 0.0 || variance_y == 0.0) return {};
  analysis::Sum products;
  for (std::size_t i = 0; i < n; ++i) products.add((rates[i] - mean_x) * (rates[i + lag] - mean_y));
  const double r = products.value() / static_cast<double>(n) / std::sqrt(variance_x) / std::sqrt(variance_y);
  return std::min(1.0, std::max(-1.0, r));
}

}  // namespace sorn::statistics
