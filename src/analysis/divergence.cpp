// The distance between two runs, and its growth.
#include "analysis/collect.hpp"
#include "analysis/derrida.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

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
  analysis::DerridaCounts counts(actual.neurons());
  std::optional<std::size_t> last;
  for_each_distance(actual, perturbed, [&](std::int64_t distance) {
    const auto d = static_cast<std::size_t>(distance);
    if (last) counts.add(*last, d);
    last = d;
  });
  return counts.map();
}

namespace {

/// Calls visit(weight in a, weight in b, whether a has the synapse, whether b has it) for each synapse of either.
template <class Visit>
void for_each_pair(const SynapseMatrix& a, const SynapseMatrix& b, Visit&& visit) {
  if (a.n_pre() != b.n_pre() || a.n_post() != b.n_post()) {
    throw ShapeError(
        formatted("matrices of shapes ({}, {}) and ({}, {})", a.n_pre(), a.n_post(), b.n_pre(), b.n_post()),
        "must have the same shape");
  }
  for (std::size_t post = 0; post < a.n_post(); ++post) {
    const auto one = a.column(post);
    const auto other = b.column(post);
    std::size_t j = 0;
    std::size_t k = 0;
    while (j < one.pre.size() || k < other.pre.size()) {
      const bool in_a = k == other.pre.size() || (j < one.pre.size() && one.pre[j] <= other.pre[k]);
      const bool in_b = j == one.pre.size() || (k < other.pre.size() && other.pre[k] <= one.pre[j]);
      visit(in_a ? one.weight[j] : 0.0, in_b ? other.weight[k] : 0.0, in_a, in_b);
      j += in_a ? 1 : 0;
      k += in_b ? 1 : 0;
    }
  }
}

}  // namespace

double weight_distance(const SynapseMatrix& a, const SynapseMatrix& b) {
  analysis::Sum sum;
  for_each_pair(a, b, [&](double in_a, double in_b, bool, bool) { sum.add(std::abs(in_a - in_b)); });
  return sum.value();
}

std::int64_t differing_synapses(const SynapseMatrix& a, const SynapseMatrix& b) {
  std::int64_t count = 0;
  for_each_pair(a, b, [&](double, double, bool in_a, bool in_b) { count += in_a != in_b ? 1 : 0; });
  return count;
}

}  // namespace sorn::statistics
