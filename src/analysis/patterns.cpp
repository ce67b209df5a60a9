// The states of a network as patterns: which of them are alike, and how often each occurs.
#include "analysis/collect.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace sorn::statistics {

namespace {

using Word = SpikeTrain::Word;

/// The units of each step in bits of its own row.
class PackedStates {
public:
  PackedStates(std::size_t steps, std::size_t neurons)
      : words_((neurons + SpikeSource::steps_per_word - 1) / SpikeSource::steps_per_word), bits_(steps * words_, 0) {}

  /// Takes the states of a block, the first of them as state `at`.
  void take(const SpikeBlock& block, std::size_t at) {
    for (std::size_t n = 0; n < block.neurons; ++n) {
      analysis::for_each_spike(block.row(n), [&](std::size_t step) {
        bits_[(at + step) * words_ + n / SpikeSource::steps_per_word] |= Word{1} << (n % SpikeSource::steps_per_word);
      });
    }
  }

  std::span<const Word> operator[](std::size_t step) const noexcept {
    return std::span(bits_).subspan(step * words_, words_);
  }

private:
  std::size_t words_;
  std::vector<Word> bits_;
};

int distance_of(std::span<const Word> a, std::span<const Word> b) noexcept {
  int differing = 0;
  for (std::size_t w = 0; w < a.size(); ++w) differing += std::popcount(a[w] ^ b[w]);
  return differing;
}

void require_numbers(std::span<const double> values, const char* name) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (std::isfinite(values[k]) && values[k] >= 0.0) continue;
    throw StateError(formatted("{}[{}] = {}", name, k, values[k]), "must be a finite number from 0 on");
  }
}

/// The sum of all values, each with the pseudo-count.
double total(std::span<const double> values, double pseudo_count, const char* name) {
  analysis::Sum sum;
  for (const double value : values) sum.add(value + pseudo_count);
  if (!(sum.value() > 0.0)) {
    throw StateError(formatted("{} holds no pattern", name), "must hold one, or pseudo_count must be above 0");
  }
  if (!std::isfinite(sum.value())) throw StateError(formatted("the sum of {}", name), "must be finite");
  return sum.value();
}

}  // namespace

NearestStates nearest_states(const SpikeSource& states, const SpikeSource& references, std::uint64_t seed) {
  if (states.neurons() != references.neurons()) {
    throw ShapeError(formatted("states of {} units and references of {}", states.neurons(), references.neurons()),
                     "must have the same units");
  }
  if (references.steps() == 0) throw ShapeError("references without a step", "must hold a state at least");
  PackedStates of_references(references.steps(), references.neurons());
  analysis::for_each_block(references, [&](const SpikeBlock& block) { of_references.take(block, block.first); });
  const std::vector<std::size_t> order = kernels::permutation(references.steps(), seed, kernels::Stream::nearest_state);
  NearestStates nearest;
  nearest.reference.reserve(states.steps());
  nearest.distance.reserve(states.steps());
  analysis::for_each_block(states, [&](const SpikeBlock& block) {
    PackedStates of_states(block.steps, block.neurons);
    of_states.take(block, 0);
    for (std::size_t step = 0; step < block.steps; ++step) {
      const auto state = of_states[step];
      int smallest = std::numeric_limits<int>::max();
      std::size_t closest = 0;
      for (const std::size_t reference : order) {
        const int distance = distance_of(state, of_references[reference]);
        if (distance >= smallest) continue;
        smallest = distance;
        closest = reference;
      }
      nearest.reference.push_back(static_cast<std::int64_t>(closest));
      nearest.distance.push_back(smallest);
    }
  });
  return nearest;
}

std::vector<std::int64_t> pattern_histogram(const SpikeSource& source, std::span<const std::size_t> units) {
  if (units.empty() || units.size() > most_pattern_units) {
    throw ParameterError(formatted("patterns of {} units", units.size()),
                         formatted("must have 1 to {}", most_pattern_units));
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    analysis::require_neuron(source, units[i]);
    if (std::find(units.begin(), units.begin() + static_cast<std::ptrdiff_t>(i), units[i]) !=
        units.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw ParameterError(formatted("unit {} comes twice", units[i]), "the units of a pattern must differ");
    }
  }
  std::vector<std::int64_t> histogram(std::size_t{1} << units.size(), 0);
  std::vector<std::uint32_t> patterns;
  analysis::for_each_block(source, [&](const SpikeBlock& block) {
    patterns.assign(block.steps, 0);
    for (std::size_t i = 0; i < units.size(); ++i) {
      analysis::for_each_spike(block.row(units[i]), [&](std::size_t step) { patterns[step] |= 1U << i; });
    }
    for (const std::uint32_t pattern : patterns) ++histogram[pattern];
  });
  return histogram;
}

double pattern_divergence(std::span<const double> p, std::span<const double> q, double pseudo_count) {
  if (p.size() != q.size() || p.empty()) {
    throw ShapeError(formatted("histograms of {} and {} patterns", p.size(), q.size()), "must have the same patterns");
  }
  if (!std::isfinite(pseudo_count) || pseudo_count < 0.0) {
    throw ParameterError(formatted("pseudo_count = {}", pseudo_count), "must be a finite number from 0 on");
  }
  require_numbers(p, "p_counts");
  require_numbers(q, "q_counts");
  const double all_p = total(p, pseudo_count, "p_counts");
  const double all_q = total(q, pseudo_count, "q_counts");
  analysis::Sum bits;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double share_p = (p[k] + pseudo_count) / all_p;
    const double share_q = (q[k] + pseudo_count) / all_q;
    if (share_p == 0.0) continue;
    if (share_q == 0.0) return std::numeric_limits<double>::infinity();
    bits.add(share_p * std::log2(share_p / share_q));
  }
  return std::max(0.0, bits.value());  // rounding may bring equal distributions below 0
}

}  // namespace sorn::statistics
