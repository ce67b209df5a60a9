// The distance between two runs, and its growth.
#include "analysis/derrida.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <cmath>

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
  analysis::DerridaCounts counts(actual.neurons());
  for (std::size_t t = 0; t + 1 < differing.size(); ++t) {
    counts.add(static_cast<std::size_t>(differing[t]), static_cast<std::size_t>(differing[t + 1]));
  }
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
