// Correlations between neurons.
#include "analysis/counts.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"

#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

namespace sorn::statistics {

namespace {

using Word = SpikeTrain::Word;

/// The number of words of each neuron that are processed together. They fit into the cache.
std::size_t chunk_words(std::size_t neurons) noexcept {
  constexpr std::size_t cache_words = 32768;
  return std::max<std::size_t>(64, cache_words / std::max<std::size_t>(1, neurons));
}

/// Adds to joint[i · n + j], for i < j, the number of steps of words [begin, end) in which both neurons fire.
[[gnu::always_inline]] inline void count_joint_spikes(const SpikeTrain& train, std::size_t begin, std::size_t end,
                                                      std::span<std::uint64_t> joint) noexcept {
  constexpr std::size_t side = 4;  // neurons j at a time, so that a word of neuron i is loaded once for all
  const std::size_t n = train.neurons();
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const Word* const a = train.words(i).data();
    std::size_t j = i + 1;
    for (; j + side <= n; j += side) {
      const Word* const b0 = train.words(j).data();
      const Word* const b1 = train.words(j + 1).data();
      const Word* const b2 = train.words(j + 2).data();
      const Word* const b3 = train.words(j + 3).data();
      std::uint64_t c0 = 0;
      std::uint64_t c1 = 0;
      std::uint64_t c2 = 0;
      std::uint64_t c3 = 0;
      for (std::size_t w = begin; w < end; ++w) {
        c0 += static_cast<std::uint64_t>(std::popcount(a[w] & b0[w]));
        c1 += static_cast<std::uint64_t>(std::popcount(a[w] & b1[w]));
        c2 += static_cast<std::uint64_t>(std::popcount(a[w] & b2[w]));
        c3 += static_cast<std::uint64_t>(std::popcount(a[w] & b3[w]));
      }
      joint[i * n + j] += c0;
      joint[i * n + j + 1] += c1;
      joint[i * n + j + 2] += c2;
      joint[i * n + j + 3] += c3;
    }
    for (; j < n; ++j) {
      const Word* const b = train.words(j).data();
      std::uint64_t c = 0;
      for (std::size_t w = begin; w < end; ++w) c += static_cast<std::uint64_t>(std::popcount(a[w] & b[w]));
      joint[i * n + j] += c;
    }
  }
}

// The same loop, compiled for several instruction sets. Counts are whole numbers, so that all give the same result.
using CountJointSpikes = void (*)(const SpikeTrain&, std::size_t, std::size_t, std::span<std::uint64_t>) noexcept;

void count_plain(const SpikeTrain& train, std::size_t begin, std::size_t end, std::span<std::uint64_t> joint) noexcept {
  count_joint_spikes(train, begin, end, joint);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] void count_popcnt(const SpikeTrain& train, std::size_t begin, std::size_t end,
                                            std::span<std::uint64_t> joint) noexcept {
  count_joint_spikes(train, begin, end, joint);
}

[[gnu::target("popcnt,avx512f,avx512vpopcntdq")]] void count_avx512(const SpikeTrain& train, std::size_t begin,
                                                                    std::size_t end,
                                                                    std::span<std::uint64_t> joint) noexcept {
  count_joint_spikes(train, begin, end, joint);
}
#endif

CountJointSpikes fastest_count() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq") != 0) return count_avx512;
  if (__builtin_cpu_supports("popcnt") != 0) return count_popcnt;
#endif
  return count_plain;
}

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// Steps · spikes − spikes²: the variance of a neuron's activity, multiplied by steps², exactly.
double scaled_variance(double steps, double spikes) noexcept { return steps * spikes - spikes * spikes; }

}  // namespace

std::vector<double> correlation_matrix(const SpikeTrain& train) {
  analysis::require_content(train);
  const std::size_t n = train.neurons();
  std::vector<std::uint64_t> joint(n * n);
  const CountJointSpikes count = fastest_count();
  const std::size_t chunk = chunk_words(n);
  for (std::size_t begin = 0; begin < train.words_per_neuron(); begin += chunk) {
    count(train, begin, std::min(begin + chunk, train.words_per_neuron()), joint);
  }

  const auto steps = static_cast<double>(train.steps());
  std::vector<double> spikes(n);
  std::vector<double> deviation(n);
  for (std::size_t i = 0; i < n; ++i) {
    spikes[i] = static_cast<double>(train.spike_count(i));
    deviation[i] = train.steps() < least("correlation") ? 0.0 : std::sqrt(scaled_variance(steps, spikes[i]));
  }
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    matrix[i * n + i] = deviation[i] > 0.0 ? 1.0 : undefined;
    for (std::size_t j = i + 1; j < n; ++j) {
      double r = undefined;
      if (deviation[i] > 0.0 && deviation[j] > 0.0) {
        const double covariance = steps * static_cast<double>(joint[i * n + j]) - spikes[i] * spikes[j];
        r = std::clamp(covariance / deviation[i] / deviation[j], -1.0, 1.0);
      }
      matrix[i * n + j] = r;
      matrix[j * n + i] = r;
    }
  }
  return matrix;
}

std::optional<double> mean_of_matrix(std::span<const double> matrix) {
  std::vector<double> defined;
  defined.reserve(matrix.size());
  std::copy_if(matrix.begin(), matrix.end(), std::back_inserter(defined), [](double r) { return !std::isnan(r); });
  constexpr std::size_t neurons = least("avg_corr_coeff");
  if (defined.size() < neurons * neurons) return {};
  return analysis::moments(std::span<const double>(defined)).mean;
}

PairwiseCorrelation pairwise_correlation(const SpikeTrain& train) {
  if (train.steps() < least("correlation")) return {};
  // With z the activity in units of its standard deviation, Σᵢ Σⱼ rᵢⱼ is the variance of Σᵢ zᵢ over time.
  const auto steps = static_cast<double>(train.steps());
  std::vector<double> weight(train.neurons());
  std::size_t varying = 0;
  for (std::size_t i = 0; i < train.neurons(); ++i) {
    const double variance = scaled_variance(steps, static_cast<double>(train.spike_count(i)));
    if (variance <= 0.0) continue;
    weight[i] = steps / std::sqrt(variance);
    ++varying;
  }
  if (varying < least("pairwise_correlation")) return {{}, varying};
  std::vector<double> total(train.steps());
  analysis::add_per_step(
      train, std::span(total), [&](std::size_t neuron, std::size_t w) { return train.words(neuron)[w]; },
      [&](std::size_t neuron) { return weight[neuron]; });
  const double all_pairs = analysis::moments(std::span<const double>(total)).variance;
  const auto n = static_cast<double>(varying);
  return {std::clamp((all_pairs - n) / (n * (n - 1.0)), -1.0, 1.0), varying};
}

std::optional<double> synchrony(const SpikeTrain& train) { return analysis::SpikeCounts(train).synchrony(); }

}  // namespace sorn::statistics
