// Statistics of windows during a run: they equal those of recordings of the same steps, bit for bit.
#include "analysis/counts.hpp"
#include "analysis/run_record.hpp"
#include "helpers/message_of.hpp"
#include "helpers/random.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/network.hpp>
#include <sorn/online_statistics.hpp>
#include <sorn/recorder.hpp>
#include <sorn/spike_train.hpp>
#include <sorn/statistics.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

namespace sorn {
namespace {

using testing::HasSubstr;

const Parameters sixty_units{.ne = 60, .nu = 5, .lambda_ee = 6, .lambda_ei = 8};

/// The recording of a run with statistics, and nothing else.
Recording recorded(Network& network, const RecordRequest& request, std::size_t steps, const RunOptions& options = {}) {
  const std::span requests(&request, 1);
  Recorder recorder(network, requests, steps, ActivityFormat::byte, 0, measure_names());
  OnlineStatistics statistics(network, requests, recorder);
  network.run(steps, options, {&statistics});
  return recorder.take().front();
}

std::vector<std::uint64_t> bits_of(std::span<const double> values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

std::span<const double> row(const Recording& recording, std::size_t number) {
  return recording.reals().subspan(number * recording.row_shape.at(0), recording.row_shape.at(0));
}

RC_GTEST_PROP(SpikeTrainProperty, IsMadeFromPackedSteps, ()) {
  const auto steps = *rc::gen::inRange<std::size_t>(0, 200);
  const auto neurons = *rc::gen::inRange<std::size_t>(0, 200);
  test::Random random(*rc::gen::arbitrary<std::uint64_t>());
  const std::size_t words = (neurons + 63) / 64;
  std::vector<std::uint64_t> packed(steps * words);
  std::vector<std::uint8_t> bytes(steps * neurons);
  for (std::uint64_t& word : packed) word = random.between(0, ~std::uint64_t{0} - 1);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t n = 0; n < neurons; ++n) {
      bytes[t * neurons + n] = (packed[t * words + n / 64] >> (n % 64) & 1U) != 0 ? 1 : 0;
    }
  }
  const SpikeTrain plain =
      SpikeTrain::from_array(bytes.data(), steps, neurons, static_cast<std::ptrdiff_t>(neurons), 1);
  RC_ASSERT(SpikeTrain::from_packed(packed, steps, neurons) == plain);
  packed.push_back(0);
  RC_ASSERT_THROWS_AS(static_cast<void>(SpikeTrain::from_packed(packed, steps, neurons)), ShapeError);
}

TEST(OnlineStatistics, AreThoseOfEachWindowBitForBit) {
  constexpr std::size_t window = 130;
  Network network(sixty_units, 3);
  const Recording found = recorded(network, {Quantity::stats, window}, 4 * window + 50);
  ASSERT_EQ(found.rows, 4U);
  EXPECT_EQ(found.first_step, 0U);
  EXPECT_EQ(found.columns, measure_names());

  Network again(sixty_units, 3);
  for (std::size_t k = 0; k < 4; ++k) {
    analysis::RunCounter counter(again.state().ne(), again.state().ni());
    counter.keep_train(window);
    again.run(window, {}, {&counter});
    analysis::RunRecord record(counter.observed(again.state()));
    EXPECT_EQ(bits_of(row(found, k)), bits_of(analysis::values(measures(), record))) << "window " << k;
  }
  const auto rate = static_cast<std::size_t>(&measure_named("mean_rate") - measures().data());
  EXPECT_GT(row(found, 3)[rate], 0.0);
  EXPECT_NE(row(found, 0)[rate], row(found, 1)[rate]);
}

/// The counts of values in the bins of a histogram, one value at a time.
std::vector<std::int64_t> binned(Quantity histogram, std::span<const double> values) {
  const std::span<const double> edges = bin_edges(histogram);
  std::vector<std::int64_t> counts(edges.size());
  for (const double value : values) {
    std::size_t bin = 0;
    while (bin + 1 < edges.size() && value >= edges[bin + 1]) ++bin;
    ++counts[bin];
  }
  return counts;
}

TEST(OnlineStatistics, CountIntervalsAvalanchesAndWeightsInBins) {
  constexpr std::size_t window = 400;
  const std::vector<RecordRequest> requests{{Quantity::weights, window}, {Quantity::excitatory},
                                            {Quantity::isis, window},    {Quantity::sizes, window},
                                            {Quantity::stats, 300},      {Quantity::durations, window}};
  Network network(sixty_units, 3);
  Recorder recorder(network, requests, 2 * window, ActivityFormat::byte, 0, measure_names());
  OnlineStatistics observer(network, requests, recorder);
  network.run(2 * window, {}, {&observer});
  const std::vector<Recording> found = recorder.take();
  const auto second = [&](std::size_t k) {
    const std::span<const std::int64_t> counts = found[k].counts();
    return std::vector<std::int64_t>(counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2), counts.end());
  };
  for (const std::size_t k : {0U, 2U, 3U, 5U}) EXPECT_EQ(found[k].rows, 2U);
  EXPECT_EQ(found[4].rows, 2U);

  const SpikeTrain train = SpikeTrain::from_recording(found[1], window);
  std::vector<double> intervals;
  for (std::size_t n = 0; n < train.neurons(); ++n) {
    for (const std::int64_t interval : statistics::interspike_intervals(train, n)) {
      intervals.push_back(static_cast<double>(interval));
    }
  }
  EXPECT_GT(intervals.size(), 100U);
  EXPECT_EQ(second(2), binned(Quantity::isis, intervals));
  const std::vector<std::int64_t> activity = statistics::network_activity(train);
  const auto avalanches = statistics::avalanches(std::vector<double>(activity.begin(), activity.end()));
  EXPECT_GT(avalanches.sizes.size(), 10U);
  EXPECT_EQ(second(3), binned(Quantity::sizes, avalanches.sizes));
  EXPECT_EQ(second(5),
            binned(Quantity::durations, std::vector<double>(avalanches.durations.begin(), avalanches.durations.end())));
  EXPECT_EQ(second(0), binned(Quantity::weights, statistics::weights_of(*network.state().wee)));

  EXPECT_THAT(std::vector<double>(bin_edges(Quantity::isis).begin(), bin_edges(Quantity::isis).begin() + 14),
              testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20));
  EXPECT_EQ(bin_edges(Quantity::isis).back(), 1048576.0);
  EXPECT_EQ(bin_edges(Quantity::weights)[1], std::ldexp(1.0, -20));
  EXPECT_EQ(bin_edges(Quantity::weights).back(), 4.0);
  EXPECT_TRUE(bin_edges(Quantity::stats).empty());
}

TEST(OnlineStatistics, HaveNoCountsOfAWindowThatBeganBeforeTheRun) {
  Network network(sixty_units, 3);
  network.run(50);
  const std::vector<RecordRequest> requests{{Quantity::isis, 100}, {Quantity::weights, 100}};
  Recorder recorder(network, requests, 100, ActivityFormat::byte, 0, measure_names());
  OnlineStatistics observer(network, requests, recorder);
  network.run(100, {}, {&observer});
  EXPECT_THAT(recorder.recordings()[0].counts(), testing::Each(-1));
  const std::span<const std::int64_t> weights = recorder.recordings()[1].counts();
  EXPECT_GT(std::accumulate(weights.begin(), weights.end(), std::int64_t{0}), 0);
  EXPECT_EQ(recorder.recordings()[1].first_step, 0U);
}

TEST(OnlineStatistics, OfTwoRunsAreThoseOfOne) {
  Network network(sixty_units, 3);
  const Recording whole = recorded(network, {Quantity::stats, 100}, 500);
  Network in_parts(sixty_units, 3);
  const Recording first = recorded(in_parts, {Quantity::stats, 100}, 250);
  const Recording second = recorded(in_parts, {Quantity::stats, 100}, 250);
  ASSERT_EQ(first.rows, 2U);
  ASSERT_EQ(second.rows, 3U);
  EXPECT_EQ(second.first_step, 200U);
  for (std::size_t k = 0; k < 5; ++k) {
    const std::span<const double> found = k < 2 ? row(first, k) : row(second, k - 2);
    const std::vector<std::uint64_t> expected = bits_of(row(whole, k));
    for (std::size_t m = 0; m < measures().size(); ++m) {
      if (k == 2 && measures()[m].needs != MeasureNeeds::state) {  // the second run has only half of this window
        EXPECT_TRUE(std::isnan(found[m])) << measures()[m].name;
      } else {
        EXPECT_EQ(bits_of(found)[m], expected[m]) << measures()[m].name << " of window " << k;
      }
    }
  }
}

TEST(OnlineStatistics, AreOfWindowsWithinTheWindowOfTheRequest) {
  Network network(sixty_units, 3);
  const Recording whole = recorded(network, {Quantity::stats, 100}, 600);
  Network again(sixty_units, 3);
  const Recording some = recorded(again, {Quantity::stats, 100, 150, 450}, 600);
  ASSERT_EQ(some.rows, 2U);
  EXPECT_EQ(some.first_step, 200U);
  EXPECT_EQ(bits_of(row(some, 0)), bits_of(row(whole, 2)));
  EXPECT_EQ(bits_of(row(some, 1)), bits_of(row(whole, 3)));
  Network short_run(sixty_units, 3);
  EXPECT_EQ(recorded(short_run, {Quantity::stats, 100}, 99).rows, 0U);
}

TEST(OnlineStatistics, OverRanksAreTheSame) {
  Network network(sixty_units, 3);
  const Recording expected = recorded(network, {Quantity::stats, 100}, 300);
  test::on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
    Network shared(sixty_units, 3, ranks);
    const Recording found = recorded(shared, {Quantity::stats, 100}, 300);
    if (ranks->rank() != 0) return;
    EXPECT_EQ(bits_of(found.reals()), bits_of(expected.reals()));
  });
}

TEST(OnlineStatistics, AreRefusedWithoutAWindowOrWithoutAnObserver) {
  Network network(sixty_units, 3);
  EXPECT_THAT(test::message_of<ParameterError>([] { static_cast<void>(record_request("stats")); }),
              HasSubstr("stats/10000"));
  const std::vector<RecordRequest> requests{record_request("stats/10")};
  EXPECT_THROW(Recorder(network, requests, 100), ParameterError);  // no names of measures
  Recorder alone(network, requests, 100, ActivityFormat::byte, 0, measure_names());
  EXPECT_THAT(test::message_of<ParameterError>([&] { network.run(100, {}, {&alone}); }), HasSubstr("OnlineStatistics"));
}

}  // namespace
}  // namespace sorn
