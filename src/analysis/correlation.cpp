// Correlations between neurons.
#include "analysis/counts.hpp"
#include "analysis/joint_counts.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"

#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace sorn::statistics {

namespace {

/// The number of words of each neuron that are processed together. They fit into the cache.
std::size_t chunk_words(std::size_t neurons) noexcept {
  constexpr std::size_t cache_words = 32768;
  return std::max<std::size_t>(64, cache_words / std::max<std::size_t>(1, neurons));
}

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

/// Steps · spikes − spikes²: the variance of a neuron's activity, multiplied by steps², exactly.
double scaled_variance(double steps, double spikes) noexcept { return steps * spikes - spikes * spikes; }

}  // namespace

std::vector<double> correlation_matrix(const SpikeTrain& train) {
  analysis::require_content(train);
  const std::size_t n = train.neurons();
  std::vector<std::uint64_t> joint(n * n);
  const std::size_t chunk = chunk_words(n);
  for (std::size_t begin = 0; begin < train.words_per_neuron(); begin += chunk) {
    const std::size_t words = std::min(chunk, train.words_per_neuron() - begin);
    analysis::add_joint_counts({train.words(0).data() + begin, n, words, train.words_per_neuron()}, joint);
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
