// Avalanches, their scaling, branching and lifetimes: each number against plain loops, or a value that is known.
#include "helpers/message_of.hpp"
#include "helpers/random.hpp"

#include <sorn/avalanche_scaling.hpp>
#include <sorn/avalanches.hpp>
#include <sorn/branching.hpp>
#include <sorn/error.hpp>
#include <sorn/lifetimes.hpp>
#include <sorn/statistics.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

namespace sorn::criticality {
namespace {

using test::message_of;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

// --- Avalanches

TEST(Avalanches, LieAboveTheThresholdAndWithinTheBins) {
  //                               0  1  2  3  4  5  6  7  8  9 10
  const std::vector<double> activity{4, 0, 2, 5, 1, 0, 3, 2, 2, 7, 9};
  const Avalanches found = avalanches(activity, {.threshold = {Threshold::Kind::value, 2.0}, .profiles = true});
  EXPECT_THAT(found.sizes, ElementsAre(3.0, 1.0));
  EXPECT_THAT(found.durations, ElementsAre(1, 1));
  EXPECT_THAT(found.begins, ElementsAre(3, 6));
  EXPECT_THAT(found.profiles, ElementsAre(3.0, 1.0));
  EXPECT_THAT(found.intervals(), ElementsAre(2));
  ASSERT_EQ(found.sources.size(), 1U);
  EXPECT_EQ(found.sources[0].bins, 11U);
  EXPECT_EQ(found.sources[0].cut_begin, 1U);
  EXPECT_EQ(found.sources[0].cut_end, 2U);
}

TEST(Avalanches, CountAllActivityOrKeepTheFirstIfAsked) {
  const std::vector<double> activity{4, 0, 2, 5, 3, 1, 9};
  const Threshold two{Threshold::Kind::value, 2.0};
  EXPECT_THAT(avalanches(activity, {.threshold = two, .size = SizeRule::all}).sizes, ElementsAre(8.0));
  const Avalanches kept = avalanches(activity, {.threshold = two, .keep_first = true, .profiles = true});
  EXPECT_THAT(kept.sizes, ElementsAre(2.0, 4.0));
  EXPECT_THAT(kept.profiles, ElementsAre(2.0, 3.0, 1.0));
  EXPECT_EQ(kept.sources[0].cut_begin, 0U);
}

TEST(Avalanches, AddUpTheStepsOfABin) {
  const std::vector<double> activity{0, 1, 2, 2, 0, 0, 3, 1, 0, 0, 7};
  const Avalanches found = avalanches(activity, {.threshold = {Threshold::Kind::value, 1.0}, .bin = 2});
  EXPECT_EQ(found.sources[0].bins, 5U);  // 1, 4, 0, 4, 0; the eleventh step fills no bin
  EXPECT_THAT(found.sizes, ElementsAre(3.0, 3.0));
  EXPECT_THAT(found.begins, ElementsAre(1, 3));
}

TEST(Avalanches, AreThoseOfTheStatistics) {
  test::Random random(7);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> activity(1 + random.below(300));
    for (double& value : activity) value = static_cast<double>(random.below(6));
    const auto theirs = statistics::avalanches(activity);
    const Avalanches ours = avalanches(activity);
    EXPECT_EQ(ours.sources[0].threshold, theirs.threshold);
    EXPECT_EQ(ours.sizes, theirs.sizes);
    EXPECT_EQ(ours.durations, theirs.durations);
  }
}

TEST(Avalanches, AreTheSameOfAnActivityInParts) {
  test::Random random(8);
  for (const std::size_t bin : {1U, 3U}) {
    std::vector<double> activity(1000);
    for (double& value : activity) value = static_cast<double>(random.below(9)) + (random.chance(0.1) ? 0.25 : 0.0);
    const AvalancheOptions options{.threshold = {Threshold::Kind::percentile, 40.0}, .bin = bin, .profiles = true};
    const Avalanches whole = avalanches(activity, options);
    ActivityLevels levels(bin);
    for (std::size_t begin = 0; begin < activity.size(); begin += 77) {
      levels.add(std::span(activity).subspan(begin, std::min<std::size_t>(77, activity.size() - begin)));
    }
    AvalancheFinder finder(levels.threshold(options.threshold), options);
    for (std::size_t begin = 0; begin < activity.size(); begin += 13) {
      finder.add(std::span(activity).subspan(begin, std::min<std::size_t>(13, activity.size() - begin)));
    }
    const Avalanches parts = std::move(finder).finish();
    EXPECT_EQ(parts.sizes, whole.sizes);
    EXPECT_EQ(parts.begins, whole.begins);
    EXPECT_EQ(parts.profiles, whole.profiles);
    double all = 0.0;
    for (const double part : parts.profiles) all += part;
    double sizes = 0.0;
    for (const double size : parts.sizes) sizes += size;
    EXPECT_NEAR(all, sizes, 1e-9);
  }
}

TEST(Threshold, IsReadFromItsText) {
  for (const char* const text : {"half_mean", "median", "25%", "2.5", "0"}) {
    EXPECT_EQ(text_of(threshold_named(text)), text);
  }
  EXPECT_EQ(threshold_named("50%"), threshold_named("median"));
  for (const char* const text : {"mean", "", "%", "2.5x", "101%", "-1", "nan", "-3%"}) {
    EXPECT_THROW(threshold_named(text), ParameterError) << text;
  }
}

TEST(Threshold, IsAPercentileBetweenTwoValues) {
  const std::vector<double> activity{5, 1, 2, 2.5, 9};  // ascending: 1, 2, 2.5, 5, 9
  ActivityLevels levels;
  levels.add(activity);
  EXPECT_EQ(levels.threshold({Threshold::Kind::percentile, 50.0}), 2.5);
  EXPECT_EQ(levels.threshold({Threshold::Kind::percentile, 0.0}), 1.0);
  EXPECT_EQ(levels.threshold({Threshold::Kind::percentile, 100.0}), 9.0);
  EXPECT_DOUBLE_EQ(levels.threshold({Threshold::Kind::percentile, 80.0}), 5.8);
  EXPECT_EQ(levels.threshold({}), 19.5 / 10.0);
}

TEST(Avalanches, KeepTheirNetworkWhenPooled) {
  const Threshold none{Threshold::Kind::value, 0.0};
  const std::vector<double> first{0, 1, 0, 2, 2, 0};
  const std::vector<double> second{0, 3, 0};
  const Avalanches parts[] = {avalanches(first, {.threshold = none}), avalanches(second, {.threshold = none})};
  const Avalanches all = pooled(parts);
  EXPECT_THAT(all.sizes, ElementsAre(1.0, 4.0, 3.0));
  EXPECT_THAT(all.networks, ElementsAre(0U, 0U, 1U));
  EXPECT_THAT(all.intervals(), ElementsAre(1));
  const Avalanches twice[] = {all, all};
  EXPECT_THAT(pooled(twice).networks, ElementsAre(0U, 0U, 1U, 2U, 2U, 3U));
  const Avalanches unlike[] = {parts[0], avalanches(second, {.threshold = none, .bin = 2})};
  EXPECT_THROW(pooled(unlike), ParameterError);
}

TEST(Avalanches, RefuseWhatIsNoActivity) {
  EXPECT_THAT(message_of<StateError>([] { avalanches(std::vector{1.0, -2.0}); }), HasSubstr("an activity of -2"));
  EXPECT_THROW(avalanches(std::vector{1.0, std::nan("")}), StateError);
  EXPECT_THROW(avalanches({}), ShapeError);
  EXPECT_THROW(avalanches(std::vector{1.0}, {.bin = 0}), ParameterError);
  EXPECT_THROW(avalanches(std::vector{1.0}, {.bin = 2}), ShapeError);
}

// --- Scaling

TEST(SizeScaling, FindsTheExponent) {
  std::vector<double> sizes;
  std::vector<std::int64_t> durations;
  for (std::int64_t duration = 1; duration <= 40; ++duration) {
    const double mean = 3.0 * std::pow(static_cast<double>(duration), 1.6);
    for (const double share : {0.5, 1.0, 1.5}) {
      sizes.push_back(share * mean);
      durations.push_back(duration);
    }
  }
  const SizeScaling found = size_scaling(sizes, durations);
  ASSERT_TRUE(found.line);
  EXPECT_NEAR(found.line->slope, 1.6, 1e-12);
  EXPECT_NEAR(found.line->intercept, std::log(3.0), 1e-12);
  EXPECT_NEAR(found.line->slope_error, 0.0, 1e-12);
  EXPECT_EQ(found.counts[7], 3U);
  EXPECT_FALSE(size_scaling(sizes, durations, 41, 50).line);
  EXPECT_THROW(size_scaling({}, {}), StateError);
}

TEST(Crackling, ComparesTheExponents) {
  const Crackling relation = crackling_relation({1.5, 0.01}, {2.0, 0.02}, {2.2, 0.03});
  EXPECT_EQ(relation.predicted, 2.0);
  EXPECT_NEAR(relation.dcc, 0.2, 1e-12);
  EXPECT_NEAR(relation.predicted_error, 2.0 * std::hypot(0.01 / 0.5, 0.02 / 1.0), 1e-12);
  EXPECT_NEAR(relation.dcc_error, std::hypot(relation.predicted_error, 0.03), 1e-12);
  EXPECT_THROW(crackling_relation({1.0, 0.0}, {2.0, 0.0}, {2.0, 0.0}), ParameterError);
  EXPECT_THROW(crackling_relation({1.5, std::nan("")}, {2.0, 0.0}, {2.0, 0.0}), ParameterError);
}

TEST(ShapeCollapse, FindsTheExponentOfParabolas) {
  Avalanches found;
  found.sources.emplace_back();
  const double gamma = 1.8;
  for (const std::int64_t duration : {40, 60, 80, 120, 200}) {
    for (int repetition = 0; repetition < 12; ++repetition) {
      const auto length = static_cast<double>(duration);
      for (std::int64_t t = 0; t < duration; ++t) {
        const double place = (static_cast<double>(t) + 0.5) / length;
        found.profiles.push_back(std::pow(length, gamma - 1.0) * 4.0 * place * (1.0 - place));
      }
      found.durations.push_back(duration);
    }
  }
  const ShapeCollapse collapse = shape_collapse(found);
  EXPECT_NEAR(collapse.gamma, gamma, 0.002);
  EXPECT_LT(collapse.error, 1e-5);
  EXPECT_THAT(collapse.counts, testing::Each(12U));
  EXPECT_NEAR(collapse.shapes[50], 1.0, 0.01);
  EXPECT_THROW(shape_collapse(found, {.shortest = 100, .longest = 150}), StateError);
  found.profiles.clear();
  EXPECT_THROW(shape_collapse(found), ParameterError);
}

TEST(FiniteSizeScaling, FindsDimensionAndExponent) {
  // p(S) ∝ S^−1.5 from 1 to N^1.2, at its quantiles.
  std::vector<double> units{1e3, 1e4, 1e5, 1e6};
  std::vector<std::vector<double>> sizes;
  for (const double n : units) {
    const double longest = std::pow(n, 1.2);
    sizes.emplace_back();
    constexpr int quantiles = 200'000;
    for (int k = 0; k < quantiles; ++k) {
      const double u = (k + 0.5) / quantiles;
      sizes.back().push_back(std::pow(1.0 - u * (1.0 - 1.0 / std::sqrt(longest)), -2.0));
    }
  }
  const std::vector<std::span<const double>> spans(sizes.begin(), sizes.end());
  const double orders[] = {1.0, 1.5, 2.0, 2.5};
  const FiniteSizeScaling found = finite_size_scaling(units, spans, orders);
  EXPECT_NEAR(found.dimension, 1.2, 0.01);
  EXPECT_NEAR(found.exponent, 1.5, 0.02);
  const double same[] = {5.0, 5.0, 5.0, 5.0};
  EXPECT_THROW(finite_size_scaling(same, spans, orders), StateError);
}

// --- Branching

/// A branching process with Poissonian offspring and drive, of which each spike is seen with a probability.
std::vector<double> branching_process(double m, double rate, std::size_t steps, double seen, unsigned seed) {
  std::mt19937_64 generator(seed);
  double activity = rate;
  std::vector<double> observed;
  observed.reserve(steps);
  for (std::size_t t = 0; t < steps; ++t) {
    std::poisson_distribution<int> next(m * activity + (1.0 - m) * rate);
    activity = next(generator);
    std::binomial_distribution<int> sample(static_cast<int>(activity), seen);
    observed.push_back(sample(generator));
  }
  return observed;
}

Branching of_process(const std::vector<double>& activity, std::size_t last) {
  const std::span<const double> trials[] = {activity};
  return branching_parameter(trials, {.last_lag = last});
}

TEST(Branching, IsRecoveredFromASubsample) {
  for (const double seen : {1.0, 0.1}) {
    const Branching found = of_process(branching_process(0.9, 100.0, 200'000, seen, 3), 60);
    ASSERT_TRUE(found.decay);
    EXPECT_NEAR(found.decay->branching(), 0.9, 0.01) << seen;
    ASSERT_TRUE(found.m);
    EXPECT_LT(found.m->low, found.decay->branching());
    EXPECT_GT(found.m->high, found.decay->branching());
    if (seen < 1.0) {
      EXPECT_LT(*found.one_step, 0.7);  // the single lag is biased
    }
  }
}

TEST(Branching, SlopesAreThoseOfPlainLoops) {
  std::mt19937_64 generator(5);
  std::normal_distribution<double> normal(3.0, 1.0);
  std::vector<std::vector<double>> trials(3, std::vector<double>(200));
  for (auto& trial : trials) {
    for (double& value : trial) value = normal(generator);
  }
  const std::vector<std::span<const double>> spans(trials.begin(), trials.end());
  for (const TrialMeans means : {TrialMeans::common, TrialMeans::separate}) {
    const LagRegression found = multistep_regression(spans, {.first_lag = 2, .last_lag = 20, .means = means});
    for (std::size_t i = 0; i < found.lags.size(); ++i) {
      const std::size_t k = found.lags[i];
      const auto slope_of = [&](const std::vector<std::span<const double>>& chosen) {
        double early = 0.0;
        double late = 0.0;
        double n = 0.0;
        for (const auto trial : chosen) {
          for (std::size_t t = 0; t + k < trial.size(); ++t) {
            early += trial[t];
            late += trial[t + k];
            ++n;
          }
        }
        double products = 0.0;
        double squares = 0.0;
        for (const auto trial : chosen) {
          for (std::size_t t = 0; t + k < trial.size(); ++t) {
            products += (trial[t] - early / n) * (trial[t + k] - late / n);
            squares += (trial[t] - early / n) * (trial[t] - early / n);
          }
        }
        return products / squares;
      };
      double expected = 0.0;
      if (means == TrialMeans::common) {
        expected = slope_of(spans);
      } else {
        for (const auto trial : spans) expected += slope_of({trial}) / 3.0;
      }
      EXPECT_NEAR(found.slopes[i], expected, 1e-12) << k;
    }
    EXPECT_EQ(found.resampled.size(), 200 * found.lags.size());
  }
}

TEST(Branching, RefusesWhatCannotBeRegressed) {
  const std::vector<double> constant(100, 2.0);
  const std::vector<double> some{1, 2, 1, 3, 2, 1, 4, 2};
  const std::vector<double> shorter{1, 2, 3};
  const std::span<const double> flat[] = {constant};
  const std::span<const double> one[] = {some};
  const std::span<const double> unequal[] = {some, shorter};
  EXPECT_THROW(multistep_regression(flat), StateError);
  EXPECT_THROW(multistep_regression({}), ShapeError);
  EXPECT_THROW(multistep_regression(unequal), ShapeError);
  EXPECT_THROW(multistep_regression(one, {.last_lag = 5}), ParameterError);
  EXPECT_THROW(multistep_regression(one, {.first_lag = 3, .last_lag = 2}), ParameterError);
  EXPECT_THROW(fit_decay(std::vector<std::size_t>{1}, std::vector{0.5}, DecayKind::exponential), ShapeError);
}

TEST(Decay, FindsTheParametersOfACurve) {
  std::vector<std::size_t> lags;
  std::vector<double> slopes;
  std::vector<double> raised;
  std::vector<double> growing;
  for (std::size_t k = 1; k <= 300; ++k) {
    const auto lag = static_cast<double>(k);
    lags.push_back(k);
    slopes.push_back(0.3 * std::exp(-lag / 42.0));
    raised.push_back(0.3 * std::exp(-lag / 42.0) - 0.05);
    growing.push_back(0.1 * std::exp(lag / 500.0));
  }
  const auto plain = fit_decay(lags, slopes, DecayKind::exponential);
  ASSERT_TRUE(plain);
  EXPECT_NEAR(plain->tau(), 42.0, 1e-9);
  EXPECT_NEAR(plain->parameters[1], 0.3, 1e-12);
  EXPECT_NEAR(plain->branching(), std::exp(-1.0 / 42.0), 1e-12);
  EXPECT_NEAR(plain->at(10.0), 0.3 * std::exp(-10.0 / 42.0), 1e-12);
  const auto offset = fit_decay(lags, raised, DecayKind::exponential_offset);
  ASSERT_TRUE(offset);
  EXPECT_NEAR(offset->tau(), 42.0, 1e-6);
  EXPECT_NEAR(offset->parameters[2], -0.05, 1e-9);
  const auto up = fit_decay(lags, growing, DecayKind::exponential);
  ASSERT_TRUE(up);
  EXPECT_NEAR(up->tau(), -500.0, 1e-6);
  EXPECT_GT(up->branching(), 1.0);
  for (double& value : slopes) value = -value;
  EXPECT_FALSE(fit_decay(lags, slopes, DecayKind::exponential));
  EXPECT_THROW(decay_named("linear"), UnknownNameError);
}

TEST(Decay, FindsAnOscillation) {
  std::vector<std::size_t> lags;
  std::vector<double> slopes;
  for (std::size_t k = 1; k <= 400; ++k) {
    const auto lag = static_cast<double>(k);
    lags.push_back(k);
    slopes.push_back(0.2 * std::exp(-lag / 60.0) + 0.01 +
                     0.05 * std::exp(-std::pow(lag / 120.0, 1.5)) * std::cos(2.0 * std::numbers::pi * lag / 80.0) +
                     0.1 * std::exp(-lag * lag / 36.0));
  }
  const auto found = fit_decay(lags, slopes, DecayKind::complex);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->tau(), 60.0, 0.5);
  EXPECT_NEAR(found->parameters[6], 1.0 / 80.0, 1e-4);
  EXPECT_LT(found->residual, 1e-6);
}

TEST(Autocorrelation, IsThatOfAnAutoregressiveProcess) {
  std::mt19937_64 generator(9);
  std::normal_distribution<double> normal;
  const double phi = 0.8;
  std::vector<double> activity{0.0};
  while (activity.size() < 400'000) activity.push_back(phi * activity.back() + normal(generator));
  const std::vector<double> rho = autocorrelation(activity, 5);
  EXPECT_EQ(rho[0], 1.0);
  for (std::size_t k = 1; k <= 5; ++k) EXPECT_NEAR(rho[k], std::pow(phi, static_cast<double>(k)), 0.01);
  const auto time = autocorrelation_time(activity);
  ASSERT_TRUE(time);
  EXPECT_NEAR(*time, 0.5 * (1.0 + phi) / (1.0 - phi), 0.1);
  EXPECT_FALSE(autocorrelation_time(std::vector{1.0, 2.0, 3.0, 4.0}));
  EXPECT_THROW(autocorrelation(activity, activity.size()), ParameterError);
}

TEST(Susceptibility, TellsSynchronyFromIndependence) {
  SpikeTrain together(1000, 20);
  for (std::size_t t = 0; t < 1000; t += 4) {
    for (std::size_t neuron = 0; neuron < 20; ++neuron) together.set(t, neuron);
  }
  const Susceptibility all = susceptibility(together);
  EXPECT_NEAR(all.synchrony, 1.0, 1e-12);
  EXPECT_NEAR(all.chi, 20.0 * 0.25 * 0.75, 1e-12);
  test::Random random(4);
  SpikeTrain apart(20'000, 50);
  for (std::size_t t = 0; t < 20'000; ++t) {
    for (std::size_t neuron = 0; neuron < 50; ++neuron) {
      if (random.chance(0.1)) apart.set(t, neuron);
    }
  }
  EXPECT_NEAR(susceptibility(apart).synchrony, 1.0 / std::sqrt(50.0), 0.01);
}

// --- Lifetimes

TEST(Survival, IsTheProductOfKaplanAndMeier) {
  // The example of six patients: ends at 6, 6, 6, 7, 10; seen until 6, 9, 10 without an end.
  const std::vector<double> lifetimes{6, 6, 6, 6, 7, 9, 10, 10};
  const std::vector<std::uint8_t> ended{1, 1, 1, 0, 1, 0, 1, 0};
  const Survival found = survival_curve(lifetimes, ended);
  EXPECT_THAT(found.times, ElementsAre(6.0, 7.0, 10.0));
  EXPECT_THAT(found.at_risk, ElementsAre(8U, 4U, 2U));
  EXPECT_THAT(found.ended, ElementsAre(3U, 1U, 1U));
  EXPECT_THAT(found.survival, ElementsAre(DoubleNear(5.0 / 8.0, 1e-15), DoubleNear(5.0 / 8.0 * 3.0 / 4.0, 1e-15),
                                          DoubleNear(5.0 / 8.0 * 3.0 / 8.0, 1e-15)));
  EXPECT_NEAR(found.errors[0], 5.0 / 8.0 * std::sqrt(3.0 / (8.0 * 5.0)), 1e-15);
  EXPECT_EQ(found.censored, 3U);
  EXPECT_EQ(found.median(), 7.0);
  EXPECT_FALSE(survival_curve(std::vector{1.0, 2.0}, std::vector<std::uint8_t>{0, 0}).median());
  EXPECT_THROW(survival_curve({}), StateError);
  EXPECT_THROW(survival_curve(std::vector{-1.0}), StateError);
  EXPECT_THROW(survival_curve(std::vector{1.0}, ended), ShapeError);
}

TEST(Lifetimes, ThatWereNotSeenToEndCountAsLonger) {
  std::mt19937_64 generator(6);
  std::uniform_real_distribution<double> uniform;
  for (const Family family : {Family::power_law, Family::exponential, Family::stretched_exponential}) {
    std::vector<double> lifetimes;
    std::vector<std::uint8_t> ended;
    for (int k = 0; k < 20'000; ++k) {
      const double u = 1.0 - uniform(generator);
      const double exponential = -std::log(u);
      const double x = family == Family::power_law     ? std::pow(u, -1.0 / 1.2)
                       : family == Family::exponential ? 1.0 + exponential / 0.2
                                                       : std::pow(1.0 + exponential / 0.5, 1.0 / 0.7);
      const double watched = 1.0 + 20.0 * uniform(generator);
      lifetimes.push_back(std::min(x, watched));
      ended.push_back(x <= watched ? 1 : 0);
    }
    const Fit fit = fit_lifetimes(lifetimes, ended, family, 1.0);
    const double expected = family == Family::power_law ? 2.2 : family == Family::exponential ? 0.2 : 0.5;
    EXPECT_NEAR(fit.parameters[0], expected, 4.0 * fit.errors[0]) << name(family);
    EXPECT_LT(fit.errors[0], 0.05) << name(family);
    if (family == Family::stretched_exponential) {
      EXPECT_NEAR(fit.parameters[1], 0.7, 4.0 * fit.errors[1]);
    }
    EXPECT_LT(fit.ks_distance, 0.02) << name(family);
    EXPECT_EQ(fit.samples, 20'000U);
  }
  // Where all ends are seen, it is the fit of the values.
  const std::vector<double> values{1.5, 2.0, 3.7, 8.0, 2.2, 1.1};
  for (const Family family : {Family::power_law, Family::exponential, Family::stretched_exponential}) {
    const Fit all = fit_lifetimes(values, {}, family, 1.1);
    const Fit plain = fit(Sample(values, false), family, 1.1);
    EXPECT_NEAR(all.parameters[0], plain.parameters[0], 1e-5) << name(family);
    EXPECT_NEAR(all.parameters[1], plain.parameters[1], 1e-5) << name(family);
    EXPECT_NEAR(all.log_likelihood, plain.log_likelihood, 1e-6) << name(family);
  }
  EXPECT_THROW(fit_lifetimes(values, {}, Family::lognormal, 1.0), ParameterError);
  EXPECT_THROW(fit_lifetimes(values, {}, Family::exponential, 9.0), StateError);
  EXPECT_THROW(fit_lifetimes(values, {}, Family::exponential, 0.0), ParameterError);
}

}  // namespace
}  // namespace sorn::criticality
