// A measure of spikes that are read in blocks has the bits of one that is computed from all of them at once.
#include "analysis/collectors.hpp"
#include "analysis/run_record.hpp"
#include "analysis/sums.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

namespace sorn {
namespace {

namespace stats = statistics;

/// A train that is read in blocks of some words, by several threads.
class InBlocks final : public SpikeSource {
public:
  InBlocks(const SpikeTrain& train, std::size_t words, std::size_t threads)
      : SpikeSource(train.steps(), train.neurons()), train_(train), words_(words), threads_(threads) {}

  SpikeBlock block(std::size_t first, std::size_t count, std::vector<Word>& room) const override {
    const SpikeBlock all = train_.block(first, count, room);
    room.clear();
    for (std::size_t n = 0; n < neurons(); ++n) room.insert(room.end(), all.row(n).begin(), all.row(n).end());
    return {room.data(), all.words(), neurons(), first, count};
  }
  std::size_t steps_a_block() const noexcept override { return words_ * steps_per_word; }
  std::size_t threads() const noexcept override { return threads_; }

private:
  const SpikeTrain& train_;
  std::size_t words_;
  std::size_t threads_;
};

SpikeTrain any_train() {
  const auto steps = *rc::gen::weightedOneOf<std::size_t>(
      {{1, rc::gen::inRange<std::size_t>(1, 8)}, {4, rc::gen::inRange<std::size_t>(1, 1200)}});
  const auto neurons = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<std::uint64_t> percent;
  for (std::size_t n = 0; n < neurons; ++n) percent.push_back(*rc::gen::element<std::uint64_t>(0, 1, 10, 50, 90, 100));
  std::uint64_t x = *rc::gen::arbitrary<std::uint32_t>() + 88172645463325252ULL;
  SpikeTrain train(steps, neurons);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t n = 0; n < neurons; ++n) {
      x ^= x << 13U;
      x ^= x >> 7U;
      x ^= x << 17U;
      if ((x >> 33U) % 100 < percent[n]) train.set(t, n);
    }
  }
  return train;
}

InBlocks any_blocks(const SpikeTrain& train) {
  return {train, *rc::gen::inRange<std::size_t>(1, 6), *rc::gen::inRange<std::size_t>(1, 4)};
}

std::vector<std::uint64_t> bits(const std::vector<double>& values) {
  std::vector<std::uint64_t> found;
  for (const double value : values) found.push_back(std::isnan(value) ? 0 : std::bit_cast<std::uint64_t>(value));
  return found;
}

std::uint64_t bits(std::optional<double> value) {
  return value ? std::bit_cast<std::uint64_t>(*value) : ~std::uint64_t{0};
}

std::vector<double> values_of(const stats::Summary& summary) {
  std::vector<double> values;
  for (const stats::Measured& line : summary.lines()) values.push_back(line.value.value_or(-1.5));
  return values;
}

/// The number of active neurons, counted spike by spike.
std::vector<double> counted_activity(const SpikeTrain& train) {
  std::vector<double> activity(train.steps());
  for (std::size_t t = 0; t < train.steps(); ++t) {
    for (std::size_t n = 0; n < train.neurons(); ++n) activity[t] += train.fired(t, n) ? 1.0 : 0.0;
  }
  return activity;
}

RC_GTEST_PROP(SpikesInBlocks, HaveTheMeasuresOfATrainBitForBit, ()) {
  const SpikeTrain train = any_train();
  const InBlocks blocks = any_blocks(train);
  const stats::SummaryOptions options{.fano_window = *rc::gen::inRange<std::size_t>(1, 300),
                                      .lag = *rc::gen::inRange<std::size_t>(0, 1300)};
  RC_ASSERT(bits(values_of(stats::summary(blocks, options))) == bits(values_of(stats::summary(train, options))));
  RC_ASSERT(bits(stats::correlation_matrix(blocks)) == bits(stats::correlation_matrix(train)));
  const auto one = stats::avalanches(blocks);
  const auto other = stats::avalanches(train);
  RC_ASSERT(bits(one.sizes) == bits(other.sizes));
  RC_ASSERT(one.durations == other.durations);
  RC_ASSERT(bits(stats::branching_ratio(blocks, stats::BranchingEstimator::mean_ratio)) ==
            bits(stats::branching_ratio(train, stats::BranchingEstimator::mean_ratio)));
  const auto neuron = *rc::gen::inRange<std::size_t>(0, train.neurons());
  RC_ASSERT(stats::spike_times(blocks, neuron) == stats::spike_times(train, neuron));
  RC_ASSERT(SpikeTrain::part_of(blocks, 0, train.steps()) == train);
}

// The measures of one reading are those of the definitions, which see all values at once, in the order of the steps.
RC_GTEST_PROP(SpikesInBlocks, HaveTheMeasuresOfTheDefinitionsBitForBit, ()) {
  const SpikeTrain train = any_train();
  const InBlocks blocks = any_blocks(train);
  const stats::SummaryOptions options{.fano_window = *rc::gen::inRange<std::size_t>(1, 300),
                                      .lag = *rc::gen::inRange<std::size_t>(0, 30)};
  const stats::Summary found = stats::summary(blocks, options);
  const std::vector<double> activity = counted_activity(train);
  const std::size_t steps = train.steps();

  const std::vector<std::int64_t> counted = stats::network_activity(blocks);
  RC_ASSERT(std::vector<double>(counted.begin(), counted.end()) == activity);
  std::vector<double> cv;
  std::vector<double> lv;
  std::vector<double> fano;
  const std::size_t window = std::min(options.fano_window, steps);
  for (std::size_t n = 0; n < train.neurons(); ++n) {
    const auto intervals = stats::interspike_intervals(train, n);
    if (const auto value = stats::coefficient_of_variation(intervals)) cv.push_back(*value);
    if (const auto value = stats::local_variation(intervals)) lv.push_back(*value);
    std::vector<double> windows(steps / window);
    for (std::size_t t = 0; t < windows.size() * window; ++t) windows[t / window] += train.fired(t, n) ? 1.0 : 0.0;
    const auto [mean, variance] = analysis::moments(std::span<const double>(windows));
    if (windows.size() > 1 && mean > 0.0) fano.push_back(variance / mean);
  }
  RC_ASSERT(bits(found["isi_cv"]) == bits(analysis::mean_of_defined(cv).value));
  RC_ASSERT(bits(found["isi_lv"]) == bits(analysis::mean_of_defined(lv).value));
  RC_ASSERT(bits(found["fano_factor"]) == bits(analysis::mean_of_defined(fano).value));

  if (steps >= 3) {
    std::vector<double> changes(steps - 1);
    for (std::size_t t = 0; t + 1 < steps; ++t) changes[t] = activity[t + 1] - activity[t];
    const double deviation = std::sqrt(analysis::moments(std::span<const double>(changes)).variance);
    RC_ASSERT(bits(found["scale_dependent_smoothness"]) == bits(deviation));
  }
  if (options.lag + 3 <= steps) {
    const std::size_t n = steps - options.lag;
    const auto [mean_x, variance_x] = analysis::moments(std::span<const double>(activity).first(n));
    const auto [mean_y, variance_y] = analysis::moments(std::span<const double>(activity).last(n));
    std::optional<double> r;
    if (variance_x > 0.0 && variance_y > 0.0) {
      analysis::Sum products;
      for (std::size_t t = 0; t < n; ++t) products.add((activity[t] - mean_x) * (activity[t + options.lag] - mean_y));
      r = products.value() / static_cast<double>(n) / std::sqrt(variance_x) / std::sqrt(variance_y);
      r = std::min(1.0, std::max(-1.0, *r));
    }
    RC_ASSERT(bits(found["autocorrelation"]) == bits(r));
  }
  RC_ASSERT(bits(found["avalanche_threshold"]) ==
            bits(analysis::moments(std::span<const double>(activity)).mean / 2.0));

  std::vector<double> totals(steps);
  std::size_t varying = 0;
  for (std::size_t n = 0; n < train.neurons(); ++n) {
    const auto all = static_cast<double>(steps);
    const auto spikes = static_cast<double>(train.spike_count(n));
    const double variance = all * spikes - spikes * spikes;
    if (variance <= 0.0) continue;
    ++varying;
    for (std::size_t t = 0; t < steps; ++t) totals[t] += train.fired(t, n) ? all / std::sqrt(variance) : 0.0;
  }
  if (steps >= 3 && varying >= 2) {
    const auto n = static_cast<double>(varying);
    const double variance = analysis::moments(std::span<const double>(totals)).variance;
    const double r = std::clamp((variance - n) / (n * (n - 1.0)), -1.0, 1.0);
    RC_ASSERT(bits(found["pairwise_correlation"]) == bits(r));
  }
}

RC_GTEST_PROP(SpikesInBlocks, AreCountedInBins, ()) {
  const SpikeTrain train = any_train();
  const InBlocks blocks = any_blocks(train);
  const auto size = *rc::gen::inRange<std::size_t>(1, 300);
  const std::vector<double> activity = counted_activity(train);
  const stats::SeriesInBins bins = stats::activity_in_bins(blocks, size);
  const std::vector<std::int64_t> of_neurons = stats::spikes_in_bins(blocks, size);
  for (std::size_t bin = 0; bin * size < activity.size(); ++bin) {
    const auto begin = activity.begin() + static_cast<std::ptrdiff_t>(bin * size);
    const auto end = activity.begin() + static_cast<std::ptrdiff_t>(std::min((bin + 1) * size, activity.size()));
    RC_ASSERT(bins.lowest.at(bin) == *std::min_element(begin, end));
    RC_ASSERT(bins.highest.at(bin) == *std::max_element(begin, end));
    RC_ASSERT(bins.sum.at(bin) == std::accumulate(begin, end, 0.0));
    double spikes = 0.0;
    for (std::size_t n = 0; n < train.neurons(); ++n) {
      spikes += static_cast<double>(of_neurons.at(bin * train.neurons() + n));
    }
    RC_ASSERT(spikes == bins.sum.at(bin));
  }
  RC_ASSERT(bins.least == *std::min_element(activity.begin(), activity.end()));
  RC_ASSERT(activity.at(bins.least_at) == bins.least);
  const std::vector<std::int64_t> histogram = stats::activity_histogram(blocks);
  for (std::size_t level = 0; level < histogram.size(); ++level) {
    RC_ASSERT(histogram[level] == std::count(activity.begin(), activity.end(), static_cast<double>(level)));
  }
  const stats::SpikeList list = stats::spike_list(blocks);
  std::size_t k = 0;
  for (std::size_t t = 0; t < train.steps(); ++t) {
    for (std::size_t n = 0; n < train.neurons(); ++n) {
      if (!train.fired(t, n)) continue;
      RC_ASSERT(list.steps.at(k) == static_cast<std::int64_t>(t));
      RC_ASSERT(list.neurons.at(k) == static_cast<std::int64_t>(n));
      ++k;
    }
  }
  RC_ASSERT(k == list.steps.size());
}

RC_GTEST_PROP(SpikesInBlocks, DivergeAsTrainsDo, ()) {
  const SpikeTrain train = any_train();
  SpikeTrain other = train;
  for (std::size_t k = 0; k < 5; ++k) {
    other.set(*rc::gen::inRange<std::size_t>(0, train.steps()), *rc::gen::inRange<std::size_t>(0, train.neurons()));
  }
  const InBlocks blocks = any_blocks(train);
  const InBlocks others = any_blocks(other);
  const std::vector<std::int64_t> distance = stats::hamming_distance(blocks, others);
  for (std::size_t t = 0; t < train.steps(); ++t) {
    std::int64_t differing = 0;
    for (std::size_t n = 0; n < train.neurons(); ++n) differing += train.fired(t, n) != other.fired(t, n) ? 1 : 0;
    RC_ASSERT(distance.at(t) == differing);
  }
  const stats::Divergence found = stats::divergence(blocks, others);
  RC_ASSERT(found.last == distance.back());
  RC_ASSERT(found.largest == *std::max_element(distance.begin(), distance.end()));
  RC_ASSERT(found.mean == static_cast<double>(std::accumulate(distance.begin(), distance.end(), std::int64_t{0})) /
                              static_cast<double>(distance.size()));
  if (train.steps() >= 2) RC_ASSERT(bits(found.slope) == bits(stats::derrida_map(train, other).slope));
}

RC_GTEST_PROP(SpikesInBlocks, HaveTheIntervalsOfTheirNeurons, ()) {
  const SpikeTrain train = any_train();
  const InBlocks blocks = any_blocks(train);
  std::vector<std::int64_t> counts(train.steps() + 1);
  for (std::size_t n = 0; n < train.neurons(); ++n) {
    for (const std::int64_t interval : stats::interspike_intervals(train, n)) {
      ++counts[static_cast<std::size_t>(interval)];
    }
  }
  const stats::IntervalCounts found = stats::interval_counts(blocks);
  RC_ASSERT(std::is_sorted(found.lengths.begin(), found.lengths.end()));
  for (std::size_t k = 0; k < found.lengths.size(); ++k) {
    auto& expected = counts.at(static_cast<std::size_t>(found.lengths[k]));
    RC_ASSERT(found.counts[k] == expected);
    RC_ASSERT(expected > 0);
    expected = 0;
  }
  RC_ASSERT(std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count == 0; }));
}

// A long source is read three times, because the sums over the neurons of its steps are not kept.
TEST(SpikesInBlocks, OfManyStepsHaveTheSameCorrelation) {
  constexpr std::size_t steps = (std::size_t{1} << 21U) + 1000;
  SpikeTrain train(steps, 2);
  for (std::size_t t = 0; t < steps; t += 3) train.set(t, 0);
  for (std::size_t t = 0; t < steps; t += 7) train.set(t, 1);
  std::vector<double> totals(steps);
  for (std::size_t n = 0; n < 2; ++n) {
    const auto all = static_cast<double>(steps);
    const auto spikes = static_cast<double>(train.spike_count(n));
    for (std::size_t t = 0; t < steps; ++t) {
      if (train.fired(t, n)) totals[t] += all / std::sqrt(all * spikes - spikes * spikes);
    }
  }
  const double variance = analysis::moments(std::span<const double>(totals)).variance;
  EXPECT_EQ(bits(stats::pairwise_correlation(train).mean), bits(std::optional((variance - 2.0) / 2.0)));
}

}  // namespace
}  // namespace sorn
