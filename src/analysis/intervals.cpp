// Single neurons: spike times, interspike intervals and their variation.
#include "analysis/line.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace sorn::statistics {

namespace {

/// Sets `intervals` to the intervals of a neuron.
void collect_intervals(const SpikeTrain& train, std::size_t neuron, std::vector<std::int64_t>& intervals) {
  intervals.clear();
  bool first = true;
  std::size_t last = 0;
  analysis::for_each_spike(train.words(neuron), [&](std::size_t step) {
    if (!first) intervals.push_back(static_cast<std::int64_t>(step - last));
    first = false;
    last = step;
  });
}

/// The number of spikes in the steps from `begin` to before `end`, which is not the same step.
std::int64_t spikes_between(std::span<const SpikeTrain::Word> words, std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t bits = SpikeTrain::steps_per_word;
  const std::size_t last = (end - 1) / bits;
  const SpikeTrain::Word from = ~SpikeTrain::Word{0} << (begin % bits);
  const SpikeTrain::Word to = ~SpikeTrain::Word{0} >> (bits - 1 - (end - 1) % bits);
  if (begin / bits == last) return std::popcount(words[last] & from & to);
  std::int64_t count = std::popcount(words[begin / bits] & from) + std::popcount(words[last] & to);
  for (std::size_t w = begin / bits + 1; w < last; ++w) count += std::popcount(words[w]);
  return count;
}

}  // namespace

std::vector<std::int64_t> spike_times(const SpikeTrain& train, std::size_t neuron) {
  analysis::require_neuron(train, neuron);
  std::vector<std::int64_t> times;
  times.reserve(train.spike_count(neuron));
  analysis::for_each_spike(train.words(neuron),
                           [&](std::size_t step) { times.push_back(static_cast<std::int64_t>(step)); });
  return times;
}

std::vector<std::int64_t> interspike_intervals(const SpikeTrain& train, std::size_t neuron) {
  analysis::require_neuron(train, neuron);
  std::vector<std::int64_t> intervals;
  collect_intervals(train, neuron, intervals);
  return intervals;
}

std::optional<double> coefficient_of_variation(std::span<const std::int64_t> intervals) {
  if (intervals.size() < least("isi_cv")) return {};
  const auto [mean, variance] = analysis::moments(intervals);
  return std::sqrt(variance) / mean;
}

std::optional<double> local_variation(std::span<const std::int64_t> intervals) {
  if (intervals.size() < least("isi_lv")) return {};
  analysis::Sum sum;
  for (std::size_t k = 0; k + 1 < intervals.size(); ++k) {
    const auto a = static_cast<double>(intervals[k]);
    const auto b = static_cast<double>(intervals[k + 1]);
    const double contrast = (a - b) / (a + b);
    sum.add(contrast * contrast);
  }
  return 3.0 * sum.value() / static_cast<double>(intervals.size() - 1);
}

IntervalVariation interval_variation(const SpikeTrain& train) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  IntervalVariation variation;
  std::vector<std::int64_t> intervals;
  for (std::size_t neuron = 0; neuron < train.neurons(); ++neuron) {
    collect_intervals(train, neuron, intervals);
    variation.cv.push_back(coefficient_of_variation(intervals).value_or(undefined));
    variation.lv.push_back(local_variation(intervals).value_or(undefined));
  }
  return variation;
}

std::optional<IsiExponential> isi_exponential(const SpikeTrain& train, std::int64_t shortest, std::int64_t longest) {
  if (shortest < 1 || longest <= shortest) {
    throw ParameterError(formatted("intervals from {} to {} steps", shortest, longest),
                         "must have two limits from 1 on, the shorter one first");
  }
  // No interval is as long as the train.
  const auto end = std::min(static_cast<std::uint64_t>(longest), static_cast<std::uint64_t>(train.steps())) + 1;
  std::vector<std::uint64_t> counts(end, 0);
  std::vector<std::int64_t> intervals;
  IsiExponential found;
  for (std::size_t neuron = 0; neuron < train.neurons(); ++neuron) {
    collect_intervals(train, neuron, intervals);
    for (const std::int64_t interval : intervals) {
      if (interval < shortest || interval > longest) continue;
      ++counts[static_cast<std::size_t>(interval)];
      ++found.intervals;
    }
  }
  std::vector<double> lengths;
  std::vector<double> logs;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] == 0) continue;
    lengths.push_back(static_cast<double>(k));
    logs.push_back(std::log(static_cast<double>(counts[k])));
  }
  const auto line = analysis::straight_line(lengths, logs);
  if (!line) return {};
  found.decay = line->slope == 0.0 ? std::numeric_limits<double>::infinity() : -1.0 / line->slope;
  found.r_squared = line->r_squared;
  return found;
}

FanoFactor fano_factor(const SpikeTrain& train, std::size_t neuron, std::size_t window) {
  analysis::require_neuron(train, neuron);
  analysis::require_window(train, "window_size", window);
  std::vector<std::int64_t> counts(train.steps() / window);
  const std::span<const SpikeTrain::Word> words = train.words(neuron);
  if (window >= SpikeTrain::steps_per_word) {
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k] = spikes_between(words, k * window, (k + 1) * window);
  } else {
    analysis::for_each_spike(words, [&](std::size_t step) {
      if (step / window < counts.size()) ++counts[step / window];
    });
  }
  const auto [mean, variance] = analysis::moments(std::span<const std::int64_t>(counts));
  if (counts.size() < least("fano_factor")) return {mean, {}, {}};
  FanoFactor fano{mean, variance, {}};
  if (mean > 0.0) fano.ratio = variance / mean;
  return fano;
}

}  // namespace sorn::statistics
