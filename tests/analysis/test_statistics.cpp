// Statistics of trains small enough for a calculation by hand, and at the limits of their definitions.
#include "helpers/message_of.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

namespace sorn {
namespace {

namespace stats = statistics;
using test::message_of;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsNan;

/// A train from text: a row for each neuron, a character for each step, '|' for a spike.
SpikeTrain train(std::initializer_list<std::string_view> neurons) {
  SpikeTrain result(neurons.size() == 0 ? 0 : neurons.begin()->size(), neurons.size());
  std::size_t n = 0;
  for (const std::string_view row : neurons) {
    for (std::size_t t = 0; t < row.size(); ++t) {
      if (row[t] == '|') result.set(t, n);
    }
    ++n;
  }
  return result;
}

auto near(double value) { return DoubleNear(value, 1e-14); }

TEST(Rates, CountSpikes) {
  const SpikeTrain spikes = train({"|.|..|", "......", "||||||"});
  EXPECT_DOUBLE_EQ(stats::firing_rate(spikes, 0, 2), 1.0);
  EXPECT_DOUBLE_EQ(stats::firing_rate(spikes, 1, 6), 0.0);
  EXPECT_DOUBLE_EQ(stats::firing_rate(spikes, 2, 6), 6.0);
  EXPECT_THAT(stats::network_activity(spikes), ElementsAre(2, 1, 2, 1, 1, 2));
  EXPECT_THAT(message_of<ParameterError>([&] { stats::firing_rate(spikes, 3, 2); }),
              HasSubstr("neuron = 3: must be less than 3"));
  EXPECT_THAT(message_of<ParameterError>([&] { stats::firing_rate(spikes, 0, 7); }),
              HasSubstr("bin_size = 7: must be from 1 to 6"));
  EXPECT_THAT(message_of<ParameterError>([&] { stats::firing_rate(spikes, 0, 0); }), HasSubstr("bin_size = 0"));
  EXPECT_THAT(message_of<ShapeError>([&] { stats::firing_rate(SpikeTrain(0, 1), 0, 1); }), HasSubstr("0 steps"));
}

TEST(Rates, HaveTheSmoothnessOfTheFormula) {
  const std::vector<double> jagged{1, 3, 2, 6};  // differences 2, -1, 4: mean 5/3, variance 38/9
  EXPECT_THAT(*stats::scale_dependent_smoothness(jagged), near(std::sqrt(38.0) / 3));
  EXPECT_THAT(*stats::scale_independent_smoothness(jagged), near(std::sqrt(38.0) / 5));
  const std::vector<double> constant{4, 4, 4};
  EXPECT_EQ(stats::scale_dependent_smoothness(constant), 0.0);
  EXPECT_FALSE(stats::scale_independent_smoothness(constant)) << "0/0";
  EXPECT_EQ(stats::scale_independent_smoothness(std::vector<double>{4, 5, 6}), 0.0);
  const std::vector<double> there_and_back{0.1, 0.4, 0.1};
  EXPECT_EQ(stats::scale_independent_smoothness(there_and_back), std::numeric_limits<double>::infinity());
  for (const std::vector<double>& few : {std::vector<double>{}, {1}, {1, 2}}) {  // one difference has no variance
    EXPECT_FALSE(stats::scale_dependent_smoothness(few));
    EXPECT_FALSE(stats::scale_independent_smoothness(few));
  }
}

TEST(Rates, HaveTheAutocorrelationOfTheFormula) {
  const std::vector<double> swinging{0, 1, 0, 1, 0, 1};
  EXPECT_THAT(*stats::autocorrelation(swinging, 0), near(1));
  EXPECT_THAT(*stats::autocorrelation(swinging, 1), near(-1));
  EXPECT_THAT(*stats::autocorrelation(swinging, 2), near(1));
  EXPECT_FALSE(stats::autocorrelation(std::vector<double>{2, 2, 2, 5}, 1)) << "the first three do not vary";
  EXPECT_FALSE(stats::autocorrelation(std::vector<double>{2, 2, 2, 2}, 0));
  EXPECT_TRUE(stats::autocorrelation(swinging, 3));
  EXPECT_THROW(stats::autocorrelation(swinging, 4), ParameterError) << "two pairs always lie on a line";
  EXPECT_THROW(stats::autocorrelation(swinging, std::numeric_limits<std::size_t>::max()), ParameterError);
}

TEST(Intervals, AreStepsBetweenSpikes) {
  const SpikeTrain spikes = train({"..|..||", ".......", "...|..."});
  EXPECT_THAT(stats::spike_times(spikes, 0), ElementsAre(2, 5, 6));
  EXPECT_THAT(stats::interspike_intervals(spikes, 0), ElementsAre(3, 1));
  EXPECT_THAT(stats::interspike_intervals(spikes, 1), IsEmpty());
  EXPECT_THAT(stats::interspike_intervals(spikes, 2), IsEmpty());
  const stats::IntervalVariation variation = stats::interval_variation(spikes);
  EXPECT_THAT(variation.cv[0], near(0.5));   // intervals 3, 1: mean 2, deviation 1
  EXPECT_THAT(variation.lv[0], near(0.75));  // 3 (2/4)²
  EXPECT_TRUE(std::isnan(variation.cv[1]) && std::isnan(variation.lv[2]));
  EXPECT_THROW(stats::interspike_intervals(spikes, 7), ParameterError);
}

TEST(Intervals, OfARegularTrainDoNotVary) {
  const std::vector<std::int64_t> clock(1000, 7);
  EXPECT_EQ(stats::coefficient_of_variation(clock), 0.0);
  EXPECT_EQ(stats::local_variation(clock), 0.0);
  EXPECT_FALSE(stats::coefficient_of_variation(std::vector<std::int64_t>{5})) << "a single interval cannot vary";
  EXPECT_FALSE(stats::local_variation(std::vector<std::int64_t>{5}));
  EXPECT_FALSE(stats::coefficient_of_variation({}));
}

TEST(FanoFactors, UseWholeWindowsOnly) {
  const SpikeTrain spikes =
      train({"||..|.|..||", "..........|"});  // windows of 4: 2, 2; the rest, which is left out, has 2
  const stats::FanoFactor even = stats::fano_factor(spikes, 0, 4);
  EXPECT_EQ(even.mean, 2.0);
  EXPECT_EQ(even.variance, 0.0);
  EXPECT_EQ(even.ratio, 0.0);
  const stats::FanoFactor uneven = stats::fano_factor(spikes, 0, 3);  // 2, 1, 1: mean 4/3, variance 2/9
  EXPECT_THAT(*uneven.ratio, near(1.0 / 6));
  EXPECT_FALSE(stats::fano_factor(spikes, 1, 4).ratio) << "its one spike lies in the rest";
  EXPECT_EQ(stats::fano_factor(spikes, 1, 4).variance, 0.0);
  const stats::FanoFactor single = stats::fano_factor(spikes, 0, 6);  // of 11 steps
  EXPECT_EQ(single.mean, 3.0);
  EXPECT_FALSE(single.variance || single.ratio) << "a single window cannot vary";
  EXPECT_THROW(stats::fano_factor(spikes, 0, 12), ParameterError);
  EXPECT_THROW(stats::fano_factor(spikes, 0, 0), ParameterError);
  EXPECT_THROW(stats::fano_factor(spikes, 2, 4), ParameterError);
}

TEST(Correlations, AreRightForEqualOppositeAndConstantNeurons) {
  const SpikeTrain spikes = train({"|.|.", "|.|.", ".|.|", "....", "||||"});
  const std::vector<double> matrix = stats::correlation_matrix(spikes);
  const auto r = [&](std::size_t i, std::size_t j) { return matrix[i * 5 + j]; };
  EXPECT_EQ(r(0, 1), 1.0);
  EXPECT_EQ(r(0, 2), -1.0);
  for (std::size_t i = 0; i < 5; ++i) {
    if (i < 3) {
      EXPECT_EQ(r(i, i), 1.0);
    }
    for (std::size_t j = 3; j < 5; ++j) EXPECT_TRUE(std::isnan(r(i, j)) && std::isnan(r(j, i))) << i << ' ' << j;
  }
  EXPECT_THAT(*stats::mean_of_matrix(matrix), near((3 + 2 - 4) / 9.0));
  const stats::PairwiseCorrelation pairs = stats::pairwise_correlation(spikes);
  EXPECT_EQ(pairs.neurons, 3U);
  EXPECT_THAT(*pairs.mean, near(-1.0 / 3));
  EXPECT_FALSE(stats::pairwise_correlation(train({"....", "|..."})).mean);
  EXPECT_THROW(stats::correlation_matrix(SpikeTrain(0, 4)), ShapeError);
  EXPECT_THROW(stats::correlation_matrix(SpikeTrain(4, 0)), ShapeError);
  EXPECT_TRUE(stats::pairwise_correlation(train({"|..", ".|."})).mean);
  for (const SpikeTrain& few : {train({"|", "."}), train({"|.", ".|"})}) {  // with two steps, every pair has 1 or −1
    EXPECT_THAT(stats::correlation_matrix(few), Each(IsNan()));
    EXPECT_FALSE(stats::mean_of_matrix(stats::correlation_matrix(few)));
    EXPECT_FALSE(stats::pairwise_correlation(few).mean);
    EXPECT_EQ(stats::pairwise_correlation(few).neurons, 0U);
  }
  EXPECT_FALSE(stats::mean_of_matrix(stats::correlation_matrix(train({"|..|", "...."}))))
      << "one neuron has itself only";
}

TEST(Synchrony, IsOneForEqualTrainsAndZeroForOppositeOnes) {
  EXPECT_THAT(*stats::synchrony(train({"|..|.", "|..|."})), near(1));
  EXPECT_THAT(*stats::synchrony(train({"|.|.", ".|.|"})), near(0));
  EXPECT_FALSE(stats::synchrony(train({"....", "||||"})));
  EXPECT_FALSE(stats::synchrony(train({"|..|"}))) << "a single neuron is always together with itself";
}

TEST(Entropy, OfTheSpikeSourceFollowsTheFormula) {
  EXPECT_THAT(*stats::spike_source_entropy(train({"|.|", "||."}), 2), near(1));
  EXPECT_THAT(*stats::spike_source_entropy(train({"|.|", "..."}), 2), near(0));
  EXPECT_FALSE(std::signbit(*stats::spike_source_entropy(train({"|.|", "..."}), 2)));
  EXPECT_THAT(*stats::spike_source_entropy(train({"|||", "|.."}), 2), near(2 - 0.75 * std::log2(3.0)));
  EXPECT_EQ(stats::spike_source_entropy(train({"|....", ".|...", "..|..", "...|.", "....|"}), 5), 1.0);
  EXPECT_FALSE(stats::spike_source_entropy(train({"|||"}), 1)) << "a single source has no entropy";
  EXPECT_FALSE(stats::spike_source_entropy(train({"..|", "..."}), 2)) << "nor has a single spike";
  EXPECT_FALSE(stats::spike_source_entropy(train({"...", "..."}), 2));
  EXPECT_THROW(stats::spike_source_entropy(train({"|||"}), 0), ParameterError);
}

TEST(Branching, RatioFollowsTheFormula) {
  using enum stats::BranchingEstimator;
  const std::vector<double> doubling{1, 2, 4, 8, 16};
  EXPECT_THAT(*stats::branching_ratio(doubling, mean_ratio), near(2));
  EXPECT_THAT(*stats::branching_ratio(doubling, regression), near(2));
  const std::vector<double> driven{8, 4 + 3, 3.5 + 3,
                                   3.25 + 3};  // half of the activity continues, 3 is added from outside
  EXPECT_THAT(*stats::branching_ratio(driven, regression), near(0.5));
  EXPECT_GT(*stats::branching_ratio(driven, mean_ratio), 0.8);
  EXPECT_THAT(*stats::branching_ratio(std::vector<double>{2, 0, 0, 3, 3}, mean_ratio), near(0.5));
  EXPECT_FALSE(stats::branching_ratio(std::vector<double>{0, 0, 3}, mean_ratio));
  EXPECT_FALSE(stats::branching_ratio(std::vector<double>{2, 2, 3}, regression));
  EXPECT_FALSE(stats::branching_ratio(std::vector<double>{2}, mean_ratio));
}

TEST(Avalanches, ArePeriodsAboveTheThreshold) {
  const std::vector<double> activity{5, 0, 3, 4, 1, 1, 2, 0, 0, 6, 6};  // the first and the last are cut off
  const stats::Avalanches found = stats::avalanches(activity, 1.0);
  EXPECT_THAT(found.sizes, ElementsAre(5, 1));
  EXPECT_THAT(found.durations, ElementsAre(2, 1));
  const std::vector<double> bursts{0, 4, 0, 0, 0, 0, 4, 4, 0};  // mean 4/3
  const stats::Avalanches halved = stats::avalanches(bursts);
  EXPECT_THAT(halved.threshold, near(2.0 / 3));
  EXPECT_THAT(halved.durations, ElementsAre(1, 2));
  EXPECT_THAT(halved.sizes, ElementsAre(near(10.0 / 3), near(20.0 / 3)));
  EXPECT_THAT(stats::avalanches(std::vector<double>{0, 0}).sizes, IsEmpty());
  EXPECT_THAT(stats::avalanches(std::vector<double>{3, 3}).sizes, IsEmpty()) << "it neither begins nor ends";
  EXPECT_THROW(stats::avalanches({}), ShapeError);
  EXPECT_THROW(stats::avalanches(bursts, -1.0), ParameterError);
  EXPECT_THROW(stats::avalanches(bursts, std::nan("")), ParameterError);
}

TEST(Divergence, OfTwoRunsFollowsTheFormula) {
  const SpikeTrain a = train({"|.||", "....", "...."});
  const SpikeTrain b = train({"....", "..||", "...."});
  EXPECT_THAT(stats::hamming_distance(a, b), ElementsAre(1, 0, 2, 2));
  const stats::DerridaMap map = stats::derrida_map(a, b);
  EXPECT_THAT(map.distance, ElementsAre(0, near(1.0 / 3), near(2.0 / 3)));
  EXPECT_THAT(map.next_distance, ElementsAre(near(2.0 / 3), 0, near(2.0 / 3)));
  EXPECT_THAT(map.samples, ElementsAre(1, 1, 1));
  EXPECT_THAT(*map.slope, near(4.0 / 5));
  EXPECT_FALSE(stats::derrida_map(a, a).slope);
  EXPECT_THAT(message_of<ShapeError>([&] { stats::hamming_distance(a, train({"..."})); }),
              HasSubstr("(4, 3) and (3, 1)"));
  EXPECT_THROW(stats::derrida_map(train({"|"}), train({"."})), ShapeError);
  EXPECT_THROW(stats::derrida_map(SpikeTrain(5, 0), SpikeTrain(5, 0)), ShapeError);
}

TEST(Weights, AreCountedAndFitted) {
  EXPECT_THAT(stats::connection_fraction(3, 4, 4), near(0.25));
  EXPECT_THAT(stats::connection_fraction(3, 2, 3), near(0.5));
  EXPECT_THROW(stats::connection_fraction(0, 1, 1), ShapeError);
  const std::vector<double> weights{0.1, 0.4, 0.0, 0.001};  // two are above the cutoff
  const auto fit = stats::lognormal_fit(weights, 0.01);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->samples, 2U);
  EXPECT_THAT(fit->mu, near(std::log(0.2)));
  EXPECT_THAT(fit->sigma, near(std::log(2.0)));
  EXPECT_THAT(fit->ks_distance, near(0.5 * std::erfc(-1 / std::sqrt(2.0)) - 0.5));  // Φ(1) − 1/2
  EXPECT_FALSE(stats::lognormal_fit(std::vector<double>{0.3, 0.3}, 0.01));
  EXPECT_FALSE(stats::lognormal_fit({}, 0.01));
  EXPECT_THROW(stats::lognormal_fit(std::vector<double>{0.3, INFINITY}, 0.01), StateError);
  EXPECT_THROW(stats::lognormal_fit(weights, 0.0), ParameterError);
  const Network network({.ne = 40, .nu = 5}, 1);
  EXPECT_EQ(stats::weights_of(*network.state().wee).size(), network.state().wee->synapse_count());
}

TEST(Summaries, HoldEachMeasure) {
  const SpikeTrain spikes = train({"|..|.|||..", "..........", ".|.||..|.|", "|.||.|..|."});
  const stats::Summary summary = stats::summary(spikes, {.fano_window = 3, .lag = 1, .avalanche_threshold = 1.0});
  const std::vector<double> activity{2, 1, 1, 3, 1, 2, 1, 2, 1, 1};
  EXPECT_EQ(summary["spikes"], 15U);
  EXPECT_EQ(summary["silent_neurons"], 1U);
  EXPECT_EQ(summary["lowest_rate"], 0.0);
  EXPECT_EQ(summary["highest_rate"], 0.5);
  EXPECT_THAT(*summary["avg_corr_coeff"], near(*stats::mean_of_matrix(stats::correlation_matrix(spikes))));
  EXPECT_EQ(summary["correlated_neurons"], 3U);
  EXPECT_EQ(summary["synchrony"], stats::synchrony(spikes));
  EXPECT_EQ(summary["spike_source_entropy"], stats::spike_source_entropy(spikes, 4));
  EXPECT_EQ(summary["autocorrelation"], stats::autocorrelation(activity, 1));
  EXPECT_EQ(summary["branching_ratio"], stats::branching_ratio(activity, stats::BranchingEstimator::regression));
  EXPECT_EQ(summary["avalanches"], 3U);
  const stats::IntervalVariation variation = stats::interval_variation(spikes);
  EXPECT_THAT(*summary["isi_cv"], near((variation.cv[0] + variation.cv[2] + variation.cv[3]) / 3));
  EXPECT_EQ(summary.lines()[0].measure->name, "spikes");
  EXPECT_EQ(summary["isi_neurons"], 3U);
  EXPECT_EQ(summary["fano_neurons"], 3U);
  EXPECT_EQ(summary["fano_window"], 3U);
}

TEST(Summaries, AverageOverNeuronsWithADefinedValue) {
  // Two intervals; one; none. Windows of 4: 2, 1; 2, 0; 0, 0.
  const SpikeTrain spikes = train({"|.|....|", "||......", "........"});
  const stats::Summary summary = stats::summary(spikes, {.fano_window = 4});
  EXPECT_EQ(summary["isi_cv"], stats::coefficient_of_variation(std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(summary["isi_neurons"], 1U);
  EXPECT_THAT(*summary["fano_factor"], near((0.25 / 1.5 + 1.0) / 2));
  EXPECT_EQ(summary["fano_neurons"], 2U);
  EXPECT_EQ(summary["correlated_neurons"], 2U);
  EXPECT_THAT(*summary["avg_corr_coeff"], near((1 + *summary["pairwise_correlation"]) / 2));
  const stats::Summary one_window = stats::summary(spikes, {.fano_window = 5});
  EXPECT_FALSE(one_window["fano_factor"]);
  EXPECT_EQ(one_window["fano_neurons"], 0U);
}

TEST(FanoRegression, IsTheSlopeThroughTheOrigin) {
  // means 1 and 3, variances 1 and 0: slope (m1 v1 w1 + 0)/(m1² w1 + m2² w2)
  const std::vector<double> counts{0, 3, 2, 3};
  const double first = 1.0 / (1.001 * 1.001);
  const double second = 1.0 / (3.001 * 3.001);
  EXPECT_THAT(*stats::fano_regression(counts, 2), near(first / (first + 9.0 * second)));
  EXPECT_THROW((void)stats::fano_regression(counts, 3), ShapeError);
  EXPECT_THROW((void)stats::fano_regression(counts, 0), ShapeError);
}

TEST(FanoAcrossTrials, CountsSpikesAroundEachOnset) {
  const SpikeTrain spikes = train({"..||......", "......|..."});
  const std::vector<std::int64_t> onsets{3, 7};
  const std::vector<std::int64_t> offsets{-1, 0, 1};
  const auto fano = stats::fano_across_trials(spikes, onsets, offsets, 3);
  const std::vector<std::vector<double>> counts{{2, 0, 0, 1}, {2, 0, 0, 1}, {1, 0, 0, 0}};
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(fano[k], stats::fano_regression(counts[k], 2)) << k;
  const std::vector<std::size_t> second{1};
  EXPECT_THAT(stats::fano_across_trials(spikes, onsets, std::vector<std::int64_t>{1}, 3, second), Each(IsNan()));
  EXPECT_THROW((void)stats::fano_across_trials(spikes, onsets, std::vector<std::int64_t>{2}, 3), ParameterError);
  const std::vector<std::int64_t> far{std::numeric_limits<std::int64_t>::max()};
  EXPECT_THROW((void)stats::fano_across_trials(spikes, far, far, 3), ParameterError);
}

TEST(NearestStates, AreTheReferencesWithTheSmallestDistance) {
  const SpikeTrain states = train({"|.|", ".||", "..|"});
  const SpikeTrain references = train({".|", "||", ".|"});
  const auto nearest = stats::nearest_states(states, references, 3);
  EXPECT_THAT(nearest.distance, ElementsAre(2, 0, 0));
  EXPECT_EQ(nearest.reference[1], 0);
  EXPECT_EQ(nearest.reference[2], 1);
}

TEST(PatternHistogram, CountsTheBitsOfItsUnits) {
  const SpikeTrain spikes = train({"|.|.", "||..", "..||"});
  EXPECT_THAT(stats::pattern_histogram(spikes, std::vector<std::size_t>{2, 0}), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(stats::pattern_histogram(spikes, std::vector<std::size_t>{1}), ElementsAre(2, 2));
  EXPECT_THROW((void)stats::pattern_histogram(spikes, std::vector<std::size_t>{3}), ParameterError);
}

TEST(PatternDivergence, IsInBits) {
  const std::vector<double> p{1, 1};
  const std::vector<double> q{3, 1};
  EXPECT_THAT(stats::pattern_divergence(p, q, 0.0), near(0.5 * std::log2(0.5 / 0.75) + 0.5));
  EXPECT_EQ(stats::pattern_divergence(p, std::vector<double>{1, 0}, 0.0), std::numeric_limits<double>::infinity());
  EXPECT_EQ(stats::pattern_divergence(std::vector<double>{0, 0}, std::vector<double>{0, 0}), 0.0);
}

TEST(IsiExponential, IsALineThroughLogarithms) {
  // Intervals 1, 2 and 3 occur 4, 2 and 1 times.
  const SpikeTrain spikes = train({"|||||.|.|..|"});
  const auto found = stats::isi_exponential(spikes, 1, 60);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->decay, near(1.0 / std::log(2.0)));
  EXPECT_THAT(found->r_squared, near(1.0));
  EXPECT_EQ(found->intervals, 7U);
  EXPECT_FALSE(stats::isi_exponential(spikes, 2, 60));
  EXPECT_FALSE(stats::isi_exponential(train({"||.|..|"}), 1, 60));  // all occur once
  EXPECT_THROW((void)stats::isi_exponential(spikes, 2, 2), ParameterError);
}

// The table says the least data that a measure needs: with one less, the measure is undefined.
TEST(LeastData, IsExactlyWhatEachMeasureNeeds) {
  const auto up_to = [](std::string_view measure, const auto& defined) {
    const auto row = std::find_if(stats::least_data.begin(), stats::least_data.end(),
                                  [&](const stats::LeastData& r) { return r.measure == measure; });
    ASSERT_NE(row, stats::least_data.end()) << measure;
    for (std::size_t n = 0; n < 6; ++n) EXPECT_EQ(defined(n), n >= row->least) << measure << ' ' << n;
  };
  const auto rising = [](std::size_t n) {
    std::vector<double> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<double>(i * i + 1));
    return values;
  };
  const auto spikes = [](std::size_t steps, std::size_t neurons) {  // each neuron fires in every second step
    SpikeTrain result(steps, neurons);
    for (std::size_t t = 0; t < steps; ++t) {
      for (std::size_t n = 0; n < neurons; ++n) {
        if ((t + n) % 2 == 0) result.set(t, n);
      }
    }
    return result;
  };
  up_to("scale_dependent_smoothness",
        [&](std::size_t n) { return stats::scale_dependent_smoothness(rising(n)).has_value(); });
  up_to("scale_independent_smoothness",
        [&](std::size_t n) { return stats::scale_independent_smoothness(rising(n)).has_value(); });
  up_to("autocorrelation",
        [&](std::size_t n) { return stats::summary(spikes(n + 1, 3), {.lag = 1})["autocorrelation"].has_value(); });
  const std::vector<std::int64_t> intervals{3, 1, 4, 1, 5};
  up_to("isi_cv",
        [&](std::size_t n) { return stats::coefficient_of_variation(std::span(intervals).first(n)).has_value(); });
  up_to("isi_lv", [&](std::size_t n) { return stats::local_variation(std::span(intervals).first(n)).has_value(); });
  const SpikeTrain isi = train({"|||||.|.|..|...|....|"});
  up_to("isi_exponential", [&](std::size_t n) {
    return n > 1 && stats::isi_exponential(isi, 1, static_cast<std::int64_t>(n)).has_value();
  });
  up_to("fano_regression", [&](std::size_t n) { return stats::fano_regression(rising(n), 1).has_value(); });
  up_to("fano_factor",
        [&](std::size_t n) { return n > 0 && stats::fano_factor(spikes(7 * n, 1), 0, 7).ratio.has_value(); });
  up_to("correlation", [&](std::size_t n) { return n > 0 && !std::isnan(stats::correlation_matrix(spikes(n, 2))[1]); });
  up_to("avg_corr_coeff", [&](std::size_t n) {
    return n > 0 && stats::mean_of_matrix(stats::correlation_matrix(spikes(9, n))).has_value();
  });
  up_to("pairwise_correlation",
        [&](std::size_t n) { return stats::pairwise_correlation(spikes(9, n)).mean.has_value(); });
  up_to("synchrony", [&](std::size_t n) { return stats::synchrony(spikes(9, n)).has_value(); });
  up_to("spike_source_entropy",
        [&](std::size_t n) { return stats::spike_source_entropy(spikes(n, 2), 2).has_value(); });
  up_to("branching_ratio, mean ratio", [&](std::size_t n) {
    return stats::branching_ratio(rising(n + 1), stats::BranchingEstimator::mean_ratio).has_value();
  });
  up_to("branching_ratio, regression", [&](std::size_t n) {
    return stats::branching_ratio(rising(n + 1), stats::BranchingEstimator::regression).has_value();
  });
  up_to("lognormal_fit", [&](std::size_t n) { return stats::lognormal_fit(rising(n), 0.01).has_value(); });
}

TEST(Summaries, OfTooLittleDataAreUndefined) {
  const stats::Summary summary = stats::summary(SpikeTrain(1, 2));
  EXPECT_EQ(summary["fano_window"], 1U);
  EXPECT_EQ(summary["silent_neurons"], 2U);
  for (const std::string_view name : {"isi_cv", "isi_lv", "fano_factor", "avg_corr_coeff", "pairwise_correlation",
                                      "synchrony", "spike_source_entropy", "scale_dependent_smoothness",
                                      "autocorrelation", "branching_ratio", "mean_avalanche_size"}) {
    EXPECT_FALSE(summary[name]) << name;
  }
  EXPECT_THROW(stats::summary(SpikeTrain()), ShapeError);
  EXPECT_THROW(stats::summary(SpikeTrain(5, 2), {.fano_window = 0}), ParameterError);
}

}  // namespace
}  // namespace sorn
