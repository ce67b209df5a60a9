// The distance between two runs, and its growth.
#include "analysis/collect.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>

namespace sorn::statistics {

namespace {

/// Calls take(distance) for all steps: the number of neurons that differ.
template <class Take>
void for_each_distance(const SpikeSource& actual, const SpikeSource& perturbed, Take&& take) {
  analysis::require_same_shape(actual, perturbed);
  std::vector<SpikeSource::Word> room;
  std::vector<SpikeSource::Word> differing;
  std::vector<double> distance;
  analysis::for_each_block(actual, [&](const SpikeBlock& a) {
    const SpikeBlock b = perturbed.block(a.first, a.steps, room);
    differing.resize(a.neurons * a.words());
    for (std::size_t n = 0; n < a.neurons; ++n) {
      const auto of_a = a.row(n);
      const auto of_b = b.row(n);
      for (std::size_t w = 0; w < of_a.size(); ++w) differing[n * a.words() + w] = of_a[w] ^ of_b[w];
    }
    distance.resize(a.steps);
    analysis::count_active({differing.data(), a.words(), a.neurons, a.first, a.steps}, 0, a.words(), distance);
    for (const double d : distance) take(static_cast<std::int64_t>(d));
  });
}

/// Sums over the distances of consecutive steps.
struct Growth {
  double products = 0.0;  // whole numbers: exact
  double squares = 0.0;

  void add(std::int64_t now, std::int64_t next) noexcept {
    products += static_cast<double>(now) * static_cast<double>(next);
    squares += static_cast<double>(now) * static_cast<double>(now);
  }
  std::optional<double> slope() const noexcept {
    if (!(squares > 0.0)) return {};
    return products / squares;
  }
};

}  // namespace

std::vector<std::int64_t> hamming_distance(const SpikeSource& actual, const SpikeSource& perturbed) {
  std::vector<std::int64_t> distance;
  distance.reserve(actual.steps());
  for_each_distance(actual, perturbed, [&](std::int64_t d) { distance.push_back(d); });
  return distance;
}

Divergence divergence(const SpikeSource& actual, const SpikeSource& perturbed) {
  Divergence found;
  Growth growth;
  double sum = 0.0;  // of whole numbers: exact
  bool begun = false;
  for_each_distance(actual, perturbed, [&](std::int64_t d) {
    if (begun) growth.add(found.last, d);
    begun = true;
    sum += static_cast<double>(d);
    found.largest = std::max(found.largest, d);
    found.last = d;
  });
  if (begun) found.mean = sum / static_cast<double>(actual.steps());
  found.slope = growth.slope();
  return found;
}

DerridaMap derrida_map(const SpikeSource& actual, const SpikeSource& perturbed) {
  analysis::require_same_shape(actual, perturbed);
  analysis::require_content(actual);
  if (actual.steps() < 2) {
    throw ShapeError(formatted("spike trains of {} step", actual.steps()), "must have two steps at least");
  }
  const std::size_t neurons = actual.neurons();
  std::vector<std::int64_t> count(neurons + 1);
  std::vector<std::int64_t> next(neurons + 1);  // summed
  Growth growth;
  std::int64_t last = -1;
  for_each_distance(actual, perturbed, [&](std::int64_t d) {
    if (last >= 0) {
      ++count[static_cast<std::size_t>(last)];
      next[static_cast<std::size_t>(last)] += d;
      growth.add(last, d);
    }
    last = d;
  });
  DerridaMap map;
  const auto n = static_cast<double>(neurons);
  for (std::size_t d = 0; d <= neurons; ++d) {
    if (count[d] == 0) continue;
    map.distance.push_back(static_cast<double>(d) / n);
    map.next_distance.push_back(static_cast<double>(next[d]) / static_cast<double>(count[d]) / n);
    map.samples.push_back(count[d]);
  }
  map.slope = growth.slope();
  return map;
}

}  // namespace sorn::statistics
