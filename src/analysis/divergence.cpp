// The distance between two runs, and its growth.
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

namespace sorn::statistics {

std::vector<std::int64_t> hamming_distance(const SpikeTrain& actual, const SpikeTrain& perturbed) {
  analysis::require_same_shape(actual, perturbed);
  std::vector<std::int64_t> distance(actual.steps());
  analysis::add_per_step(
      actual, std::span(distance),
      [&](std::size_t neuron, std::size_t w) { return actual.words(neuron)[w] ^ perturbed.words(neuron)[w]; },
      [](std::size_t) { return std::int64_t{1}; });
  return distance;
}

DerridaMap derrida_map(const SpikeTrain& actual, const SpikeTrain& perturbed) {
  const std::vector<std::int64_t> differing = hamming_distance(actual, perturbed);
  analysis::require_content(actual);
  if (differing.size() < 2) {
    throw ShapeError(formatted("spike trains of {} step", differing.size()), "must have two steps at least");
  }
  const std::size_t neurons = actual.neurons();
  std::vector<std::int64_t> count(neurons + 1);
  std::vector<std::int64_t> next(neurons + 1);  // summed
  double products = 0.0;                        // whole numbers: exact
  double squares = 0.0;
  for (std::size_t t = 0; t + 1 < differing.size(); ++t) {
    const auto d = static_cast<std::size_t>(differing[t]);
    ++count[d];
    next[d] += differing[t + 1];
    products += static_cast<double>(differing[t]) * static_cast<double>(differing[t + 1]);
    squares += static_cast<double>(differing[t]) * static_cast<double>(differing[t]);
  }
  DerridaMap map;
  const auto n = static_cast<double>(neurons);
  for (std::size_t d = 0; d <= neurons; ++d) {
    if (count[d] == 0) continue;
    map.distance.push_back(static_cast<double>(d) / n);
    map.next_distance.push_back(static_cast<double>(next[d]) / static_cast<double>(count[d]) / n);
    map.samples.push_back(count[d]);
  }
  if (squares > 0.0) map.slope = products / squares;
  return map;
}

}  // namespace sorn::statistics
