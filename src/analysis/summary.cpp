// What one wants to know first about a spike train.
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::statistics {

namespace {

/// The mean of those values that are defined, and how many these are.
struct Mean {
  std::optional<double> value;
  std::uint64_t count = 0;
};

Mean mean_where_defined(std::span<const double> values) {
  analysis::Sum sum;
  std::uint64_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum.add(value);
    ++count;
  }
  if (count == 0) return {};
  return {sum.value() / static_cast<double>(count), count};
}

Mean mean_fano_factor(const SpikeTrain& train, std::size_t window) {
  std::vector<double> factors;
  for (std::size_t i = 0; i < train.neurons(); ++i) {
    if (const auto ratio = fano_factor(train, i, window).ratio) factors.push_back(*ratio);
  }
  return mean_where_defined(factors);
}

void summarize_rates(const SpikeTrain& train, Summary& summary) {
  const auto steps = static_cast<double>(train.steps());
  summary.lowest_rate = 1.0;
  for (std::size_t i = 0; i < train.neurons(); ++i) {
    const std::size_t spikes = train.spike_count(i);
    const double rate = static_cast<double>(spikes) / steps;
    summary.spikes += spikes;
    summary.lowest_rate = std::min(summary.lowest_rate, rate);
    summary.highest_rate = std::max(summary.highest_rate, rate);
    summary.silent_neurons += spikes == 0 ? 1 : 0;
  }
  summary.mean_rate = static_cast<double>(summary.spikes) / steps / static_cast<double>(train.neurons());
}

/// The mean of the whole matrix follows from that of the pairs: the diagonal has 1.
void summarize_correlation(const SpikeTrain& train, Summary& summary) {
  const PairwiseCorrelation pairs = pairwise_correlation(train);
  summary.pairwise_correlation = pairs.mean;
  summary.correlated_neurons = pairs.neurons;
  if (!pairs.mean) return;
  const auto varying = static_cast<double>(pairs.neurons);
  summary.avg_corr_coeff = (*pairs.mean * varying * (varying - 1.0) + varying) / (varying * varying);
}

void summarize_activity(std::span<const double> activity, const SummaryOptions& options, Summary& summary) {
  summary.scale_dependent_smoothness = scale_dependent_smoothness(activity);
  summary.scale_independent_smoothness = scale_independent_smoothness(activity);
  summary.autocorrelation_lag = options.lag;
  constexpr std::size_t pairs = least("autocorrelation");
  if (activity.size() >= pairs && options.lag <= activity.size() - pairs) {
    summary.autocorrelation = autocorrelation(activity, options.lag);
  }
  summary.branching_ratio = branching_ratio(activity, BranchingEstimator::regression);
  const Avalanches found = avalanches(activity, options.avalanche_threshold);
  const std::vector<double> durations(found.durations.begin(), found.durations.end());
  summary.avalanche_threshold = found.threshold;
  summary.avalanches = found.sizes.size();
  summary.mean_avalanche_size = mean_where_defined(found.sizes).value;
  summary.mean_avalanche_duration = mean_where_defined(durations).value;
}

}  // namespace

Summary summary(const SpikeTrain& train, const SummaryOptions& options) {
  analysis::require_content(train);
  if (options.fano_window == 0) throw ParameterError("window = 0", "must be at least one step");
  Summary summary;
  summary.steps = train.steps();
  summary.neurons = train.neurons();
  summarize_rates(train, summary);
  const IntervalVariation variation = interval_variation(train);
  static_assert(least("isi_cv") == least("isi_lv"), "one count of neurons serves both");
  const Mean cv = mean_where_defined(variation.cv);
  summary.isi_cv = cv.value;
  summary.isi_lv = mean_where_defined(variation.lv).value;
  summary.isi_neurons = cv.count;
  summary.fano_window = std::min(options.fano_window, train.steps());
  const Mean fano = mean_fano_factor(train, summary.fano_window);
  summary.fano_factor = fano.value;
  summary.fano_neurons = fano.count;
  summarize_correlation(train, summary);
  summary.synchrony = synchrony(train);
  summary.spike_source_entropy = spike_source_entropy(train, train.neurons());
  const std::vector<std::int64_t> counts = network_activity(train);
  summarize_activity(std::vector<double>(counts.begin(), counts.end()), options, summary);
  return summary;
}

std::vector<SummaryEntry> entries(const Summary& summary) {
  using Value = decltype(SummaryEntry::value);
  const auto optional = [](const std::optional<double>& value) { return value ? Value(*value) : Value(); };
  return {
      {"steps", "steps of the train", summary.steps},
      {"neurons", "neurons of the train", summary.neurons},
      {"spikes", "spikes in all", summary.spikes},
      {"mean_rate", "spikes a neuron and step", summary.mean_rate},
      {"lowest_rate", "rate of the neuron that fires least", summary.lowest_rate},
      {"highest_rate", "rate of the neuron that fires most", summary.highest_rate},
      {"silent_neurons", "neurons that never fire", summary.silent_neurons},
      {"isi_cv", "coefficient of variation of interspike intervals, mean over neurons", optional(summary.isi_cv)},
      {"isi_lv", "local variation of interspike intervals, mean over neurons", optional(summary.isi_lv)},
      {"isi_neurons", "neurons over which these means are: with two intervals", summary.isi_neurons},
      {"fano_factor", "variance over mean of spikes in a window, mean over neurons", optional(summary.fano_factor)},
      {"fano_neurons", "neurons over which this mean is: not silent, in two windows", summary.fano_neurons},
      {"fano_window", "steps of such a window", summary.fano_window},
      {"avg_corr_coeff", "mean of the correlation matrix, its diagonal included", optional(summary.avg_corr_coeff)},
      {"pairwise_correlation", "Pearson's, mean over pairs of neurons", optional(summary.pairwise_correlation)},
      {"correlated_neurons", "neurons in these means: neither silent nor always active", summary.correlated_neurons},
      {"synchrony", "chi: 1 if all fire together", optional(summary.synchrony)},
      {"spike_source_entropy", "1 if all neurons fire alike", optional(summary.spike_source_entropy)},
      {"scale_dependent_smoothness", "deviation of the changes of activity from step to step",
       optional(summary.scale_dependent_smoothness)},
      {"scale_independent_smoothness", "the same over their mean", optional(summary.scale_independent_smoothness)},
      {"autocorrelation", "of the activity with itself some steps later", optional(summary.autocorrelation)},
      {"autocorrelation_lag", "these steps", summary.autocorrelation_lag},
      {"branching_ratio", "spikes that follow on a spike, by regression", optional(summary.branching_ratio)},
      {"avalanche_threshold", "spikes a step above which activity counts", summary.avalanche_threshold},
      {"avalanches", "avalanches that begin and end within the train", summary.avalanches},
      {"mean_avalanche_size", "spikes above the threshold", optional(summary.mean_avalanche_size)},
      {"mean_avalanche_duration", "steps", optional(summary.mean_avalanche_duration)},
  };
}

}  // namespace sorn::statistics
