// Compares the bit-packed statistics with plain loops over plain arrays, on random trains.
#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace sorn {
namespace {

namespace stats = statistics;

using Dense = std::vector<std::vector<int>>;  // [step][neuron]

struct Trains {
  Dense dense;
  SpikeTrain packed;
};

SpikeTrain packed(const Dense& dense, std::size_t neurons) {
  std::vector<std::uint8_t> bytes;
  for (const auto& row : dense) bytes.insert(bytes.end(), row.begin(), row.end());
  return SpikeTrain::from_array(bytes.data(), dense.size(), neurons, static_cast<std::ptrdiff_t>(neurons), 1);
}

/// A train of any density; it may have neurons that are silent or always fire.
Trains arbitrary_train(std::size_t steps, std::size_t neurons) {
  std::vector<int> percent;
  for (std::size_t n = 0; n < neurons; ++n) percent.push_back(*rc::gen::element(0, 1, 10, 50, 90, 100));
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  std::uint64_t x = seed + 88172645463325252ULL;
  Dense dense(steps, std::vector<int>(neurons));
  for (auto& row : dense) {
    for (std::size_t n = 0; n < neurons; ++n) {
      x ^= x << 13U;
      x ^= x >> 7U;
      x ^= x << 17U;
      row[n] = static_cast<int>(x >> 33U) % 100 < percent[n] ? 1 : 0;
    }
  }
  SpikeTrain train = packed(dense, neurons);
  return {std::move(dense), std::move(train)};
}

Trains arbitrary_train() {
  return arbitrary_train(*rc::gen::inRange<std::size_t>(1, 300), *rc::gen::inRange<std::size_t>(1, 20));
}

std::vector<double> column(const Dense& dense, std::size_t neuron) {
  std::vector<double> values;
  for (const auto& row : dense) values.push_back(row[neuron]);
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean(a)) * (b[i] - mean(b));
  return sum / static_cast<double>(a.size());
}

bool close(double a, double b) { return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)}); }

RC_GTEST_PROP(StatisticsProperty, CorrelationEqualsPlainLoops, ()) {
  const Trains trains = arbitrary_train();
  const std::size_t n = trains.packed.neurons();
  const std::vector<double> matrix = stats::correlation_matrix(trains.packed);
  const bool enough = trains.dense.size() >= 3;
  double pairs = 0;
  std::size_t varying = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto a = column(trains.dense, i);
    const double variance = covariance(a, a);
    varying += enough && variance > 0 ? 1 : 0;
    for (std::size_t j = 0; j < n; ++j) {
      const auto b = column(trains.dense, j);
      const double product = variance * covariance(b, b);
      if (!enough || product <= 0) {
        RC_ASSERT(std::isnan(matrix[i * n + j]));
        continue;
      }
      const double expected = i == j ? 1.0 : covariance(a, b) / std::sqrt(product);
      RC_ASSERT(close(matrix[i * n + j], expected));
      if (i != j) pairs += expected;
    }
  }
  const stats::PairwiseCorrelation pairwise = stats::pairwise_correlation(trains.packed);
  RC_ASSERT(pairwise.neurons == varying);
  RC_ASSERT(pairwise.mean.has_value() == (varying >= 2));
  const auto mean = stats::mean_of_matrix(matrix);
  RC_ASSERT(mean.has_value() == pairwise.mean.has_value());
  if (!mean) return;
  const auto m = static_cast<double>(varying);
  RC_ASSERT(close(*pairwise.mean, pairs / (m * (m - 1))));
  RC_ASSERT(close(*mean, (pairs + m) / (m * m)));
}

RC_GTEST_PROP(StatisticsProperty, ActivityAndSynchronyEqualPlainLoops, ()) {
  const Trains trains = arbitrary_train();
  const auto activity = stats::network_activity(trains.packed);
  std::vector<double> means;
  double single = 0;
  for (std::size_t t = 0; t < trains.dense.size(); ++t) {
    RC_ASSERT(activity[t] == std::count(trains.dense[t].begin(), trains.dense[t].end(), 1));
    means.push_back(static_cast<double>(activity[t]) / static_cast<double>(trains.packed.neurons()));
  }
  for (std::size_t n = 0; n < trains.packed.neurons(); ++n) {
    const auto x = column(trains.dense, n);
    single += covariance(x, x) / static_cast<double>(trains.packed.neurons());
  }
  const auto chi = stats::synchrony(trains.packed);
  RC_ASSERT(chi.has_value() == (trains.packed.neurons() > 1 && single > 1e-15));
  if (chi) RC_ASSERT(std::abs(*chi * *chi - covariance(means, means) / single) < 1e-12);
}

RC_GTEST_PROP(StatisticsProperty, IntervalsAndWindowsEqualPlainLoops, ()) {
  const Trains trains = arbitrary_train();
  const std::size_t neuron = *rc::gen::inRange<std::size_t>(0, trains.packed.neurons());
  const std::size_t window = *rc::gen::inRange<std::size_t>(1, trains.dense.size() + 1);
  std::vector<std::int64_t> times;
  std::vector<double> counts(trains.dense.size() / window);
  for (std::size_t t = 0; t < trains.dense.size(); ++t) {
    if (trains.dense[t][neuron] == 0) continue;
    times.push_back(static_cast<std::int64_t>(t));
    if (t / window < counts.size()) counts[t / window] += 1;
  }
  RC_ASSERT(stats::spike_times(trains.packed, neuron) == times);
  std::vector<double> intervals;
  for (std::size_t k = 1; k < times.size(); ++k) intervals.push_back(static_cast<double>(times[k] - times[k - 1]));
  const auto found = stats::interspike_intervals(trains.packed, neuron);
  RC_ASSERT(std::vector<double>(found.begin(), found.end()) == intervals);
  const stats::IntervalVariation variation = stats::interval_variation(trains.packed);
  RC_ASSERT(std::isnan(variation.cv[neuron]) == (intervals.size() < 2));
  if (intervals.size() >= 2) {
    RC_ASSERT(close(variation.cv[neuron], std::sqrt(covariance(intervals, intervals)) / mean(intervals)));
  }
  RC_ASSERT(std::isnan(variation.lv[neuron]) == (intervals.size() < 2));
  if (intervals.size() >= 2) {
    double sum = 0;
    for (std::size_t k = 1; k < intervals.size(); ++k) {
      sum += std::pow((intervals[k] - intervals[k - 1]) / (intervals[k] + intervals[k - 1]), 2);
    }
    RC_ASSERT(close(variation.lv[neuron], 3 * sum / static_cast<double>(intervals.size() - 1)));
  }
  const stats::FanoFactor fano = stats::fano_factor(trains.packed, neuron, window);
  RC_ASSERT(close(fano.mean, mean(counts)));
  RC_ASSERT(fano.variance.has_value() == (counts.size() >= 2));
  if (fano.variance) RC_ASSERT(close(*fano.variance, covariance(counts, counts)));
  RC_ASSERT(fano.ratio.has_value() == (counts.size() >= 2 && mean(counts) > 0));
}

RC_GTEST_PROP(StatisticsProperty, DivergenceOfTwoRunsEqualsPlainLoops, ()) {
  const Trains a = arbitrary_train();
  const Trains b = arbitrary_train(a.dense.size(), a.packed.neurons());
  const auto distance = stats::hamming_distance(a.packed, b.packed);
  for (std::size_t t = 0; t < a.dense.size(); ++t) {
    std::int64_t differing = 0;
    for (std::size_t n = 0; n < a.packed.neurons(); ++n) differing += a.dense[t][n] != b.dense[t][n] ? 1 : 0;
    RC_ASSERT(distance[t] == differing);
  }
}

RC_GTEST_PROP(StatisticsProperty, AvalanchesCoverTheStepsAboveTheThreshold, ()) {
  const auto counts = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6)));
  const double threshold = *rc::gen::element(0.0, 1.0, 2.5);
  const std::vector<double> activity(counts.begin(), counts.end());
  const stats::Avalanches found = stats::avalanches(activity, threshold);
  // Every step above θ belongs to one avalanche, unless its period touches an end of the train.
  double excess = 0;
  std::int64_t steps = 0;
  std::size_t number = 0;
  for (std::size_t t = 0; t < activity.size(); ++t) {
    if (activity[t] <= threshold) continue;
    std::size_t begin = t;
    while (begin > 0 && activity[begin - 1] > threshold) --begin;
    std::size_t end = t;
    while (end + 1 < activity.size() && activity[end + 1] > threshold) ++end;
    if (begin == 0 || end + 1 == activity.size()) continue;
    excess += activity[t] - threshold;
    ++steps;
    number += begin == t ? 1 : 0;
  }
  RC_ASSERT(found.sizes.size() == number);
  RC_ASSERT(found.durations.size() == number);
  double sizes = 0;
  std::int64_t durations = 0;
  for (const double size : found.sizes) sizes += size;
  for (const std::int64_t duration : found.durations) durations += duration;
  RC_ASSERT(close(sizes, excess));
  RC_ASSERT(durations == steps);
}

}  // namespace
}  // namespace sorn
