// The activity of the whole network: source entropy, branching ratio, avalanches.
#include "analysis/counts.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::statistics {

std::optional<double> spike_source_entropy(const SpikeTrain& train, std::size_t sources) {
  if (sources == 0) throw ParameterError("num_neurons = 0", "must be at least 1");
  return analysis::SpikeCounts(train).source_entropy(sources);
}

namespace {

/// The sums over an activity, if all values are whole and small enough for exact sums.
std::optional<analysis::ActivitySums> whole_sums(std::span<const double> activity) {
  constexpr double most = 0x1p32;  // squares of sums over most_steps such values have fewer than 127 bits
  constexpr std::size_t most_steps = std::size_t{1} << 30U;
  if (activity.size() > most_steps) return {};
  analysis::ActivitySums sums;
  for (const double value : activity) {
    if (!(value >= 0.0 && value <= most) || value != std::floor(value)) return {};
    sums.add(static_cast<std::uint64_t>(value));
  }
  return sums;
}

}  // namespace

std::optional<double> branching_ratio(std::span<const double> activity, BranchingEstimator estimator) {
  if (activity.size() < 2) return {};
  const std::size_t pairs = activity.size() - 1;
  if (estimator == BranchingEstimator::mean_ratio) {
    analysis::Sum ratios;
    std::size_t count = 0;
    for (std::size_t t = 0; t < pairs; ++t) {
      if (activity[t] <= 0.0) continue;
      ratios.add(activity[t + 1] / activity[t]);
      ++count;
    }
    if (count == 0) return {};
    return ratios.value() / static_cast<double>(count);
  }
  if (const auto sums = whole_sums(activity)) return sums->branching_ratio();
  const auto [mean_now, variance] = analysis::moments(activity.first(pairs));
  if (variance == 0.0) return {};
  const double mean_next = analysis::moments(activity.last(pairs)).mean;
  analysis::Sum products;
  for (std::size_t t = 0; t < pairs; ++t) products.add((activity[t] - mean_now) * (activity[t + 1] - mean_next));
  return products.value() / static_cast<double>(pairs) / variance;
}

Avalanches avalanches(std::span<const double> activity, std::optional<double> threshold) {
  if (activity.empty()) throw ShapeError("an activity of 0 steps", "must have at least one step");
  if (threshold && (!std::isfinite(*threshold) || *threshold < 0.0)) {
    throw ParameterError(formatted("threshold = {}", *threshold), "must be a finite number from 0 on");
  }
  Avalanches found;
  found.threshold = threshold.value_or(analysis::moments(activity).mean / 2.0);
  std::size_t t = 0;
  while (t < activity.size() && activity[t] > found.threshold) ++t;  // an avalanche that began before the first step
  while (t < activity.size()) {
    analysis::Sum size;
    const std::size_t begin = t;
    for (; t < activity.size() && activity[t] > found.threshold; ++t) size.add(activity[t] - found.threshold);
    if (t == activity.size()) break;  // an avalanche that is not over at the last step
    if (t > begin) {
      found.sizes.push_back(size.value());
      found.durations.push_back(static_cast<std::int64_t>(t - begin));
    }
    ++t;
  }
  return found;
}

}  // namespace sorn::statistics
