// Correlations between neurons.
#include "analysis/collectors.hpp"
#include "analysis/joint_counts.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"

#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>

namespace sorn::analysis {

namespace {

constexpr std::size_t most_kept_totals = std::size_t{1} << 21U;  // 8 bytes each

/// Steps · spikes − spikes²: the variance of a neuron's activity, multiplied by steps², exactly.
double scaled_variance(double steps, double spikes) noexcept { return steps * spikes - spikes * spikes; }

}  // namespace

void JointCounts::add(const Seen& seen, std::size_t part) {
  constexpr std::size_t cache_words = 32768;  // words of all neurons that are processed together fit into the cache
  const SpikeBlock& block = seen.block;
  const std::size_t chunk = std::max<std::size_t>(64, cache_words / std::max<std::size_t>(1, block.neurons));
  // A row i has neurons − i − 1 pairs: equal parts of the pairs end at these rows.
  const auto row_at = [&](std::size_t share) {
    const double rest = 1.0 - static_cast<double>(share) / static_cast<double>(parts());
    return static_cast<std::size_t>(static_cast<double>(block.neurons) * (1.0 - std::sqrt(rest)));
  };
  for (std::size_t begin = 0; begin < block.words(); begin += chunk) {
    const std::size_t words = std::min(chunk, block.words() - begin);
    add_joint_counts({block.data + begin, block.neurons, words, block.stride}, joint_, row_at(part), row_at(part + 1));
  }
}

// With z the activity in units of its standard deviation, Σᵢ Σⱼ rᵢⱼ is the variance of Σᵢ zᵢ over time.
PairCorrelations::PairCorrelations(const SpikeSource& source)
    : steps_(source.steps()),
      counts_(source.neurons()),
      keeps_totals_(steps_ <= most_kept_totals),
      totals_at_once_(keeps_totals_ ? steps_ : source.steps_a_block()) {}

void PairCorrelations::add(const Seen& seen, std::size_t part) {
  const SpikeBlock& block = seen.block;
  if (pass_ == Pass::counting) {
    const auto [begin, end] = Parts(block.neurons, parts())[part];
    for (std::size_t neuron = begin; neuron < end; ++neuron) {
      for (const SpikeBlock::Word word : block.row(neuron)) {
        counts_[neuron] += static_cast<std::uint64_t>(std::popcount(word));
      }
    }
    return;
  }
  const auto [begin, end] = Parts(block.words(), parts())[part];
  const std::span<double> totals = std::span(totals_).subspan(keeps_totals_ ? block.first : 0, block.steps);
  if (begin == end) return;
  const std::size_t first = begin * SpikeSource::steps_per_word;
  const std::size_t last = std::min(end * SpikeSource::steps_per_word, block.steps);
  std::fill(totals.begin() + static_cast<std::ptrdiff_t>(first), totals.begin() + static_cast<std::ptrdiff_t>(last),
            0.0);
  add_per_step(block, begin, end, totals, [&](std::size_t neuron) { return weights_[neuron]; });
}

void PairCorrelations::end_block(const Seen& seen) {
  if (pass_ == Pass::counting) return;
  const std::size_t first = keeps_totals_ ? seen.block.first : 0;
  for (const double total : std::span(totals_).subspan(first, seen.block.steps)) {
    if (pass_ == Pass::summing) {
      moments_.count(total);
    } else {
      moments_.spread(total);
    }
  }
}

bool PairCorrelations::end_pass() {
  switch (pass_) {
    case Pass::counting: {
      if (steps_ < statistics::least("correlation")) return false;
      const auto steps = static_cast<double>(steps_);
      weights_.resize(counts_.size());
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        const double variance = scaled_variance(steps, static_cast<double>(counts_[i]));
        if (variance <= 0.0) continue;
        weights_[i] = steps / std::sqrt(variance);
        ++varying_;
      }
      if (varying_ < statistics::least("pairwise_correlation")) return false;
      totals_.resize(totals_at_once_);
      pass_ = Pass::summing;
      return true;
    }
    case Pass::summing:
      pass_ = Pass::spreading;
      moments_.close();
      if (!keeps_totals_) return true;
      for (const double total : totals_) moments_.spread(total);
      totals_.clear();
      return false;
    case Pass::spreading: break;
  }
  return false;
}

statistics::PairwiseCorrelation PairCorrelations::result() const {
  if (pass_ == Pass::counting) return {{}, varying_};
  const auto n = static_cast<double>(varying_);
  return {std::clamp((moments_.result().variance - n) / (n * (n - 1.0)), -1.0, 1.0), varying_};
}

}  // namespace sorn::analysis

namespace sorn::statistics {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::vector<double> correlation_matrix(const SpikeSource& source) {
  analysis::require_content(source);
  const std::size_t n = source.neurons();
  analysis::JointCounts joint(n);
  analysis::NeuronCounts counts(n);
  analysis::collect(source, {&joint, &counts});

  const auto steps = static_cast<double>(source.steps());
  std::vector<double> spikes(n);
  std::vector<double> deviation(n);
  for (std::size_t i = 0; i < n; ++i) {
    spikes[i] = static_cast<double>(counts.counts()[i]);
    deviation[i] = source.steps() < least("correlation") ? 0.0 : std::sqrt(steps * spikes[i] - spikes[i] * spikes[i]);
  }
  std::vector<double> matrix(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    matrix[i * n + i] = deviation[i] > 0.0 ? 1.0 : undefined;
    for (std::size_t j = i + 1; j < n; ++j) {
      double r = undefined;
      if (deviation[i] > 0.0 && deviation[j] > 0.0) {
        const double covariance = steps * static_cast<double>(joint.counts()[i * n + j]) - spikes[i] * spikes[j];
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

PairwiseCorrelation pairwise_correlation(const SpikeSource& source) {
  analysis::PairCorrelations pairs(source);
  analysis::collect(source, {&pairs});
  return pairs.result();
}

std::optional<double> synchrony(const SpikeSource& source) { return analysis::SpikeCounts(source).synchrony(); }

}  // namespace sorn::statistics
