// The activity of the whole network: source entropy, branching ratio, avalanches.
#include "analysis/collectors.hpp"
#include "analysis/counts.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sorn::analysis {

void MeanRatio::add(std::span<const double> values) {
  for (const double value : values) {
    if (begun_ && last_ > 0.0) {
      ratios_.add(value / last_);
      ++count_;
    }
    begun_ = true;
    last_ = value;
  }
}

std::optional<double> MeanRatio::result() const noexcept {
  if (count_ == 0) return {};
  return ratios_.value() / static_cast<double>(count_);
}

void WholeSums::add(std::span<const double> values) {
  constexpr double most = 0x1p32;  // squares of sums over most_steps such values have fewer than 127 bits
  for (const double value : values) {
    if (!whole_) return;
    whole_ = value >= 0.0 && value <= most && value == std::floor(value);
    if (whole_) sums_.add(static_cast<std::uint64_t>(value));
  }
}

std::optional<ActivitySums> WholeSums::result() const noexcept {
  constexpr std::uint64_t most_steps = std::uint64_t{1} << 30U;
  if (!whole_ || sums_.steps() > most_steps) return {};
  return sums_;
}

AvalancheScan::AvalancheScan(std::optional<double> threshold, std::function<void(double, std::int64_t)> take)
    : take_(std::move(take)), threshold_(threshold.value_or(0.0)), again_(threshold.has_value()) {
  if (threshold && (!std::isfinite(*threshold) || *threshold < 0.0)) {
    throw ParameterError(formatted("threshold = {}", *threshold), "must be a finite number from 0 on");
  }
}

void AvalancheScan::add(std::span<const double> values) {
  any_ = any_ || !values.empty();
  if (!again_) {
    for (const double value : values) moments_.count(value);
    return;
  }
  for (const double value : values) {
    if (value > threshold_) {
      if (cut_) continue;
      size_.add(value - threshold_);
      ++duration_;
      continue;
    }
    cut_ = false;
    if (duration_ > 0) take_(size_.value(), duration_);
    size_ = {};
    duration_ = 0;
  }
}

bool AvalancheScan::end_pass() {
  if (!any_) throw ShapeError("an activity of 0 steps", "must have at least one step");
  if (again_) return false;
  again_ = true;
  moments_.close();
  threshold_ = moments_.mean() / 2.0;
  return true;
}

}  // namespace sorn::analysis

namespace sorn::statistics {

std::optional<double> spike_source_entropy(const SpikeSource& source, std::size_t sources) {
  if (sources == 0) throw ParameterError("num_neurons = 0", "must be at least 1");
  return analysis::SpikeCounts(source).source_entropy(sources);
}

std::optional<double> branching_ratio(std::span<const double> activity, BranchingEstimator estimator) {
  if (activity.size() < 2) return {};
  const std::size_t pairs = activity.size() - 1;
  if (estimator == BranchingEstimator::mean_ratio) {
    analysis::MeanRatio ratio;
    analysis::collect(activity, ratio);
    return ratio.result();
  }
  analysis::WholeSums whole;
  analysis::collect(activity, whole);
  if (const auto sums = whole.result()) return sums->branching_ratio();
  const auto [mean_now, variance] = analysis::moments(activity.first(pairs));
  if (variance == 0.0) return {};
  const double mean_next = analysis::moments(activity.last(pairs)).mean;
  analysis::Sum products;
  for (std::size_t t = 0; t < pairs; ++t) products.add((activity[t] - mean_now) * (activity[t + 1] - mean_next));
  return products.value() / static_cast<double>(pairs) / variance;
}

Avalanches avalanches(std::span<const double> activity, std::optional<double> threshold) {
  Avalanches found;
  analysis::AvalancheScan scan(threshold, [&](double size, std::int64_t duration) {
    found.sizes.push_back(size);
    found.durations.push_back(duration);
  });
  analysis::collect(activity, scan);
  found.threshold = scan.threshold();
  return found;
}

Avalanches avalanches(const SpikeSource& source, std::optional<double> threshold) {
  Avalanches found;
  analysis::AvalancheScan scan(threshold, [&](double size, std::int64_t duration) {
    found.sizes.push_back(size);
    found.durations.push_back(duration);
  });
  analysis::OfActivity collector(scan);
  analysis::collect(source, {&collector});
  found.threshold = scan.threshold();
  return found;
}

std::optional<double> branching_ratio(const SpikeSource& source, BranchingEstimator estimator) {
  if (estimator == BranchingEstimator::regression) {
    analysis::ActivityTotals totals;
    analysis::collect(source, {&totals});
    return totals.sums().branching_ratio();
  }
  analysis::MeanRatio ratio;
  analysis::OfActivity collector(ratio);
  analysis::collect(source, {&collector});
  return ratio.result();
}

}  // namespace sorn::statistics
