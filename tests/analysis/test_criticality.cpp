// Distributions with heavy tails: each number against plain sums and loops, or a value that is known.
#include "analysis/criticality/zeta.hpp"
#include "helpers/message_of.hpp"

#include <sorn/criticality.hpp>
#include <sorn/density.hpp>
#include <sorn/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace sorn::criticality {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Family families[] = {Family::power_law, Family::truncated_power_law, Family::lognormal, Family::exponential,
                               Family::stretched_exponential};

/// Values of a power law by inversion, rounded to whole numbers if they shall be discrete.
std::vector<double> power_law_values(std::size_t n, double alpha, bool discrete, unsigned seed = 1) {
  std::mt19937_64 generator(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = std::pow(1.0 - uniform(generator), -1.0 / (alpha - 1.0));
    values.push_back(discrete ? std::floor(x + 0.5) : x);
  }
  return values;
}

std::vector<double> lognormal_values(std::size_t n, double mu, double sigma, bool discrete, unsigned seed = 1) {
  std::mt19937_64 generator(seed);
  std::lognormal_distribution<double> draw(mu, sigma);
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(discrete ? std::ceil(draw(generator)) : draw(generator));
  return values;
}

TEST(CriticalitySample, SortsAndCounts) {
  const std::vector<double> values{3, 1, 2, 3, 1, 3};
  const Sample sample(values);
  EXPECT_TRUE(sample.discrete());
  EXPECT_EQ(sample.size(), 6U);
  EXPECT_THAT(sample.distinct(), ElementsAre(1.0, 2.0, 3.0));
  EXPECT_THAT(sample.below(), ElementsAre(0U, 2U, 3U, 6U));
  EXPECT_EQ(sample.count(2), 3U);
  EXPECT_FALSE(Sample(std::vector{1.0, 2.5}).discrete());
  EXPECT_FALSE(Sample(values, false).discrete());
}

TEST(CriticalitySample, RefusesWhatHasNoLogarithm) {
  const auto refusal = [](std::vector<double> values, std::optional<bool> discrete = {}) {
    return message_of<StateError>([&] { Sample(values, discrete); });
  };
  EXPECT_THAT(refusal({}), HasSubstr("no values"));
  EXPECT_THAT(refusal({1.0, 0.0}), HasSubstr("value 1 of the sample = 0"));
  EXPECT_THAT(refusal({-2.0}), HasSubstr("must be finite and above 0"));
  EXPECT_THAT(refusal({std::nan("")}), HasSubstr("nan"));
  EXPECT_THAT(refusal({std::numeric_limits<double>::infinity()}), HasSubstr("inf"));
  EXPECT_THAT(refusal({1.0, 2.5}, true), HasSubstr("value 1 of a discrete sample = 2.5"));
}

TEST(CriticalityZeta, EqualsKnownValues) {
  EXPECT_NEAR(power_sum(2.0, 1.0, unbounded)[0], std::numbers::pi * std::numbers::pi / 6.0, 1e-14);
  EXPECT_NEAR(power_sum(3.0, 1.0, unbounded)[0], 1.2020569031595942, 1e-14);
  EXPECT_NEAR(power_sum(2.0, 1.0, unbounded)[1], -0.9375482543158437, 1e-13);
  EXPECT_NEAR(power_sum(1.5, 1.0, unbounded)[0], 2.6123753486854883, 1e-13);
  EXPECT_NEAR(power_integral(1.0, 2.0, 2.0 * std::numbers::e)[0], 2.0, 1e-14);
  EXPECT_NEAR(power_integral(2.5, 3.0, unbounded)[0], 2.0, 1e-14);
}

TEST(CriticalityZeta, EqualsPlainSums) {
  for (const double alpha : {-0.5, 0.0, 0.7, 1.0, 1.0 + 1e-9, 1.5, 2.0, 3.7, 12.0}) {
    for (const double xmin : {1.0, 2.0, 17.0, 60.0, 1000.0}) {
      for (const double width : {0.0, 3.0, 40.0, 5000.0}) {
        std::array<long double, 3> plain{};
        for (double x = xmin; x <= xmin + width; ++x) {
          const long double log_ratio = std::log(static_cast<long double>(x) / xmin);
          const long double term = std::exp(-alpha * log_ratio);
          plain[0] += term;
          plain[1] -= log_ratio * term;
          plain[2] += log_ratio * log_ratio * term;
        }
        const auto sums = power_sum(alpha, xmin, xmin + width);
        for (std::size_t k = 0; k < 3; ++k) {
          const double scale = std::max(1.0, std::abs(static_cast<double>(plain[k])));
          EXPECT_NEAR(sums[k], static_cast<double>(plain[k]), 1e-11 * scale) << alpha << ' ' << xmin << ' ' << width;
        }
      }
    }
  }
}

/// The logarithm of the likelihood of these parameters.
double likelihood(const Sample& sample, Fit fit) {
  double sum = 0.0;
  for (std::size_t k = 0; k < sample.distinct().size(); ++k) {
    const double x = sample.distinct()[k];
    if (x >= fit.xmin && x <= fit.xmax) sum += static_cast<double>(sample.count(k)) * fit.log_density(x);
  }
  return sum;
}

struct Setting {
  bool discrete;
  double xmin, xmax;
};
constexpr Setting settings[] = {{true, 2, unbounded}, {true, 3, 200}, {false, 2, unbounded}, {false, 2.5, 150}};

TEST(CriticalityFit, HasTheLargestLikelihoodOfItsFamily) {
  for (const Setting& setting : settings) {
    const Sample sample(lognormal_values(3000, 1.5, 1.2, setting.discrete), setting.discrete);
    for (const Family family : families) {
      const Fit best = fit(sample, family, setting.xmin, setting.xmax);
      EXPECT_NEAR(likelihood(sample, best), best.log_likelihood, 1e-8 * std::abs(best.log_likelihood));
      for (std::size_t k = 0; k < parameter_names(family).size(); ++k) {
        EXPECT_GT(best.errors[k], 0.0) << name(family);
        for (const double sign : {-1.0, 1.0}) {
          Fit other = best;
          other.parameters[k] += sign * 0.05 * best.errors[k];
          EXPECT_LT(likelihood(sample, other), best.log_likelihood) << name(family) << ' ' << k << ' ' << sign;
        }
      }
    }
  }
}

TEST(CriticalityFit, OfHardlyDifferentValuesIsNoWorseThanThePowerLawThatItContains) {
  for (const std::size_t twos : {1U, 6U, 40U, 570U}) {
    for (const std::size_t threes : {0U, 1U, 5U, 300U}) {
      const std::size_t counts[] = {570, twos, threes};
      const double values[] = {1.0, 2.0, 3.0};
      const Sample sample(values, counts, true);
      const Fit law = fit(sample, Family::power_law);
      for (const double step : {-0.01, 0.01}) {
        Fit beside = law;
        beside.parameters[0] += step;
        double likelihood = 0.0;
        for (std::size_t k = 0; k < sample.distinct().size(); ++k) {
          likelihood += static_cast<double>(sample.count(k)) * beside.log_density(sample.distinct()[k]);
        }
        EXPECT_LT(likelihood, law.log_likelihood) << twos << ' ' << threes;
      }
      for (const Family family : {Family::truncated_power_law, Family::lognormal, Family::stretched_exponential}) {
        const Fit other = fit(sample, family);
        EXPECT_GT(other.log_likelihood, law.log_likelihood - 0.01) << name(family) << ' ' << twos << ' ' << threes;
        EXPECT_LT(other.log_likelihood, 0.0);
        double all = 0.0;
        for (double x = 1.0; x <= 200.0; ++x) all += std::exp(other.log_density(x));
        EXPECT_NEAR(all, 1.0, 0.02) << name(family) << ' ' << twos << ' ' << threes;
      }
    }
  }
}

TEST(CriticalityFit, HasProbabilitiesThatSumToOne) {
  const Sample whole(lognormal_values(2000, 1.0, 1.0, true));
  const Sample real(lognormal_values(2000, 1.0, 1.0, false));
  for (const Family family : families) {
    const Fit discrete = fit(whole, family, 2.0, 50.0);
    double sum = 0.0;
    for (double x = 2.0; x <= 50.0; ++x) {
      EXPECT_NEAR(discrete.survival(x), 1.0 - sum, 1e-12) << name(family) << ' ' << x;
      EXPECT_EQ(discrete.survival(x - 0.5), discrete.survival(x));
      sum += std::exp(discrete.log_density(x));
    }
    EXPECT_NEAR(sum, 1.0, 1e-12) << name(family);
    EXPECT_EQ(discrete.survival(51.0), 0.0);
    EXPECT_EQ(discrete.survival(1.0), 1.0);
    const Fit continuous = fit(real, family, 1.5, unbounded);
    constexpr double step = 1e-4;
    for (const double x : {2.0, 7.0, 30.0}) {  // the density is the slope of P(X < x)
      const double slope = (continuous.survival(x - step) - continuous.survival(x + step)) / (2.0 * step);
      EXPECT_NEAR(slope, std::exp(continuous.log_density(x)), 1e-6) << name(family) << ' ' << x;
    }
  }
}

TEST(CriticalityFit, FindsExponentsWithinTheirErrors) {
  for (const bool discrete : {false, true}) {
    int inside = 0;
    for (unsigned seed = 0; seed < 40; ++seed) {
      // Rounded values follow the discrete law from about 6 on.
      const Sample sample(power_law_values(3000, 2.5, discrete, seed), discrete);
      const Fit law = fit(sample, Family::power_law, discrete ? 6.0 : 1.0);
      inside += std::abs(law.parameters[0] - 2.5) < 1.96 * law.errors[0] ? 1 : 0;
    }
    EXPECT_GE(inside, 34) << discrete;
  }
}

TEST(CriticalityFit, OfAContinuousPowerLawIsHillsEstimate) {
  const Sample sample(power_law_values(1000, 1.8, false));
  const Fit law = fit(sample, Family::power_law, 1.2);
  double sum = 0.0;
  double n = 0.0;
  for (const double x : sample.distinct()) {
    if (x < 1.2) continue;
    sum += std::log(x / 1.2);
    n += 1.0;
  }
  EXPECT_NEAR(law.parameters[0], 1.0 + n / sum, 1e-13);
  EXPECT_NEAR(law.errors[0], (law.parameters[0] - 1.0) / std::sqrt(n), 1e-13);
  EXPECT_EQ(law.samples, static_cast<std::size_t>(n));
}

TEST(CriticalityFit, OfPowerLawsNeedsNoCutOff) {
  const Sample sample(power_law_values(2000, 2.5, false));
  const Fit law = fit(sample, Family::power_law);
  const Fit cut = fit(sample, Family::truncated_power_law);
  EXPECT_GE(cut.log_likelihood, law.log_likelihood - 1e-9);
  EXPECT_LT(cut.log_likelihood, law.log_likelihood + 4.0);
  EXPECT_NEAR(cut.parameters[0], law.parameters[0], 0.1);
}

TEST(CriticalityFit, RefusesRangesWithoutTwoDifferentValues) {
  const Sample sample(std::vector<double>{1, 1, 2, 5, 5});
  const auto state = [&](double xmin, double xmax) {
    return message_of<StateError>([&] { fit(sample, Family::power_law, xmin, xmax); });
  };
  EXPECT_THAT(state(5, unbounded), HasSubstr("1 different value of 5 from xmin = 5"));
  EXPECT_THAT(state(6, 9), HasSubstr("0 different values"));
  const auto parameter = [&](double xmin, double xmax) {
    return message_of<ParameterError>([&] { fit(sample, Family::exponential, xmin, xmax); });
  };
  EXPECT_THAT(parameter(0, 3), HasSubstr("xmin = 0"));
  EXPECT_THAT(parameter(std::nan(""), 3), HasSubstr("xmin = nan"));
  EXPECT_THAT(parameter(3, 2), HasSubstr("must be at most xmax = 2"));
  EXPECT_THAT(parameter(1.5, 3), HasSubstr("must be a whole number"));
  EXPECT_THAT(message_of<StateError>([&] { fit_tail(Sample(std::vector<double>{4, 4})); }), HasSubstr("different"));
  EXPECT_THAT(message_of<UnknownNameError>([] { family_named("log_normal"); }), HasSubstr("did you mean 'lognormal'?"));
}

/// The distance of Clauset, Shalizi & Newman by its definition.
double plain_distance(const Sample& sample, const Fit& fit) {
  double n = 0.0;
  for (std::size_t k = 0; k < sample.distinct().size(); ++k) {
    const double x = sample.distinct()[k];
    if (x >= fit.xmin && x <= fit.xmax) n += static_cast<double>(sample.count(k));
  }
  double below = 0.0;
  double distance = 0.0;
  for (std::size_t k = 0; k < sample.distinct().size(); ++k) {
    const double x = sample.distinct()[k];
    if (x < fit.xmin || x > fit.xmax) continue;
    distance = std::max(distance, std::abs(below / n - (1.0 - fit.survival(x))));
    below += static_cast<double>(sample.count(k));
  }
  return distance;
}

TEST(CriticalityFit, HasTheDistanceOfItsDefinition) {
  for (const Setting& setting : settings) {
    const Sample sample(lognormal_values(400, 1.5, 1.0, setting.discrete), setting.discrete);
    for (const Family family : families) {
      const Fit found = fit(sample, family, setting.xmin, setting.xmax);
      EXPECT_NEAR(found.ks_distance, plain_distance(sample, found), 1e-11) << name(family);
    }
  }
}

TEST(CriticalityTail, IsTheClosestOfAllPowerLaws) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const bool discrete = seed % 2 == 0;
    const double xmax = seed % 3 == 0 ? 90.0 : unbounded;
    const Sample sample(
        seed % 5 < 2 ? power_law_values(200, 1.7, discrete, seed) : lognormal_values(200, 1.0, 1.3, discrete, seed),
        discrete);
    std::optional<Fit> best;
    std::size_t left = sample.distinct().size();
    for (const double xmin : sample.distinct()) {
      if (xmin >= xmax || --left == 0) break;
      if (std::upper_bound(sample.distinct().begin(), sample.distinct().end(), xmax) -
              std::lower_bound(sample.distinct().begin(), sample.distinct().end(), xmin) <
          2) {
        break;
      }
      const Fit law = fit(sample, Family::power_law, xmin, xmax);
      if (!best || law.ks_distance < best->ks_distance - 1e-12) best = law;
    }
    const Fit tail = fit_tail(sample, {.xmax = xmax});
    EXPECT_EQ(tail.xmin, best->xmin) << seed;
    EXPECT_NEAR(tail.parameters[0], best->parameters[0], 1e-9);
    EXPECT_NEAR(tail.ks_distance, plain_distance(sample, tail), 1e-10);
  }
}

TEST(CriticalityTail, StaysWithinWhatIsAllowed) {
  const Sample sample(lognormal_values(2000, 2.0, 1.0, true));
  EXPECT_LE(fit_tail(sample, {.largest_xmin = 5}).xmin, 5.0);
  EXPECT_GE(fit_tail(sample, {.least_samples = 1500}).samples, 1500U);
  EXPECT_THAT(message_of<StateError>([&] { fit_tail(sample, {.least_samples = 3000}); }), HasSubstr("at least 3000"));
}

TEST(CriticalityGoodness, IsTheSameOnAnyNumberOfThreads) {
  for (const bool discrete : {false, true}) {
    const Sample sample(power_law_values(300, 2.2, discrete), discrete);
    const Fit law = fit_tail(sample);
    const auto with = [&](std::size_t threads) {
      return goodness_of_fit(sample, law, {.repetitions = 30, .seed = 5, .threads = threads, .search = Search{}});
    };
    const Goodness one = with(1);
    EXPECT_EQ(one.distances, with(3).distances);
    EXPECT_EQ(one.alphas.size(), 30U);
    EXPECT_EQ(one.p, with(2).p);
  }
}

TEST(CriticalityGoodness, RulesOutOtherDistributionsOnly) {
  int rejected = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Sample sample(power_law_values(500, 2.5, false, seed));
    const Fit law = fit(sample, Family::power_law, 1.0);
    rejected += goodness_of_fit(sample, law, {.repetitions = 100}).p < significance ? 1 : 0;
  }
  EXPECT_LE(rejected, 6);  // 2 are expected
  const Sample exponential(lognormal_values(1000, 1.0, 0.5, false));
  const Fit law = fit(exponential, Family::power_law);
  EXPECT_EQ(goodness_of_fit(exponential, law, {.repetitions = 50}).p, 0.0);
  EXPECT_THAT(message_of<ParameterError>(
                  [&] { goodness_of_fit(exponential, fit(exponential, Family::lognormal), {.repetitions = 5}); }),
              HasSubstr("must be one of a power law"));
  EXPECT_THAT(message_of<ParameterError>([&] { goodness_of_fit(exponential, law, {.repetitions = 0}); }),
              HasSubstr("repetitions = 0"));
}

TEST(CriticalityTail, SeeksTheUpperLimitToo) {
  // A power law from 1 to 100, and an excess of large values.
  std::vector<double> values;
  for (int k = 0; k < 4000; ++k) values.push_back(1.0 / (1.0 - (k + 0.5) / 4000.0 * 0.99));  // α = 2
  for (int k = 0; k < 400; ++k) values.push_back(150.0 + k);
  const Sample sample(values);
  const Fit open = fit_tail(sample, {.least_samples = 1000});
  const Fit window = fit_tail(sample, {.least_samples = 1000, .least_ratio = 10.0});
  EXPECT_LT(window.ks_distance, open.ks_distance);
  EXPECT_LT(window.xmax, 150.0);
  EXPECT_GE(window.xmax, 10.0 * window.xmin);
  EXPECT_NEAR(window.parameters[0], 2.0, 0.05);
  EXPECT_GE(window.samples, 1000U);
  EXPECT_THROW(fit_tail(sample, {.least_ratio = 1.0}), ParameterError);
  EXPECT_THROW(fit_tail(sample, {.least_ratio = 1e6}), StateError);
}

TEST(CriticalityGoodness, DrawsFromTheFittedLaw) {
  for (const double xmax : {unbounded, 80.0}) {
    for (const bool discrete : {false, true}) {
      const Sample sample(power_law_values(4000, 1.9, discrete, 3), discrete);
      const Fit law = fit(sample, Family::power_law, 2.0, xmax);
      const Goodness drawn = goodness_of_fit(sample, law, {.repetitions = 200});
      double sum = 0.0;
      for (const double alpha : drawn.alphas) sum += alpha;
      const double mean = sum / 200.0;
      EXPECT_NEAR(mean, law.parameters[0], 4.0 * law.errors[0] / std::sqrt(200.0)) << discrete << ' ' << xmax;
    }
  }
}

TEST(CriticalityComparison, IsThatOfVuong) {
  const Sample sample(lognormal_values(1000, 1.0, 1.0, false));
  const Fit law = fit(sample, Family::power_law, 1.0);
  const Fit other = fit(sample, Family::lognormal, 1.0);
  std::vector<double> ratios;
  for (const double x : sample.distinct()) {
    if (x >= 1.0) ratios.push_back(law.log_density(x) - other.log_density(x));
  }
  double sum = 0.0;
  for (const double ratio : ratios) sum += ratio;
  const auto n = static_cast<double>(ratios.size());
  double squares = 0.0;
  for (const double ratio : ratios) squares += (ratio - sum / n) * (ratio - sum / n);
  const Comparison found = compare(sample, law, other);
  EXPECT_NEAR(found.ratio, sum, 1e-8);
  EXPECT_NEAR(found.normalized, sum / std::sqrt(squares), 1e-9);
  EXPECT_NEAR(found.p, std::erfc(std::abs(sum) / std::sqrt(2.0 * squares)), 1e-12);
  EXPECT_FALSE(found.nested);
  EXPECT_NEAR(compare(sample, other, law).ratio, -found.ratio, 1e-12);
  const Comparison nested = compare(sample, law, fit(sample, Family::truncated_power_law, 1.0));
  EXPECT_TRUE(nested.nested);
  EXPECT_NEAR(nested.p, std::erfc(std::sqrt(-nested.ratio)), 1e-12);
  EXPECT_THAT(message_of<ParameterError>([&] { compare(sample, law, fit(sample, Family::lognormal, 1.5)); }),
              HasSubstr("must be fits to the same values"));
}

TEST(CriticalityAssessment, SaysWhatWasFound) {
  const auto verdict = [](const std::vector<double>& values, double xmin, std::size_t repetitions) {
    const Sample sample(values);
    const std::vector<Family> all(std::begin(families) + 1, std::end(families));
    std::optional<Bootstrap> bootstrap;
    if (repetitions > 0) bootstrap = {.repetitions = repetitions};
    return assess(sample, fit(sample, Family::power_law, xmin), all, bootstrap).verdict;
  };
  EXPECT_EQ(verdict(lognormal_values(2000, 1.0, 0.6, false), 1.0, 50),
            "a power law is rejected (p = 0.00); lognormal preferred");
  EXPECT_EQ(verdict(lognormal_values(2000, 1.0, 0.6, false), 1.0, 0),
            "a power law was not tested by a bootstrap; lognormal preferred");
  EXPECT_THAT(verdict(power_law_values(2000, 2.5, false), 1.0, 50), HasSubstr("a power law is not rejected (p = "));
}

TEST(DensityExponent, OfEqualNumbersInLogarithmicBinsIsOne) {
  // A value in the middle of each bin: the density is 1/(bins · width), and the widths are proportional to the places.
  const std::vector<double> values{1.5, 15.0, 150.0, 1500.0};
  const LogDensity found = density_exponent(values, 1.0, 10'000.0, 1.0);
  EXPECT_NEAR(found.exponent, 1.0, 1e-12);
  EXPECT_NEAR(found.r_squared, 1.0, 1e-12);
  EXPECT_EQ(found.samples, 4U);
  ASSERT_EQ(found.places.size(), 4U);
  EXPECT_NEAR(found.places[2], std::sqrt(1e5), 1e-9);
  EXPECT_NEAR(found.density[0], 1.0 / 36.0, 1e-15);
}

TEST(DensityExponent, OfWholeNumbersHasWholeWidths) {
  const std::vector<double> values{1, 2, 3, 4, 8};
  // The bins 1, 2 to 3 and 4 to 8 hold 1, 2 and 5 whole numbers.
  const LogDensity found = density_exponent(values, 1.0, 8.0, 1.0 / std::log10(2.0));
  EXPECT_EQ(found.samples, 5U);
  ASSERT_EQ(found.density.size(), 3U);
  EXPECT_NEAR(found.density[0], 0.2, 1e-15);
  EXPECT_NEAR(found.density[1], 0.2, 1e-15);
  EXPECT_NEAR(found.density[2], 0.4 / 5.0, 1e-15);
  EXPECT_NEAR(found.places[1], std::sqrt(6.0), 1e-12);
  EXPECT_NEAR(found.places[2], std::sqrt(32.0), 1e-12);
  EXPECT_THROW((void)density_exponent(values, 0.0, 8.0), ParameterError);
  EXPECT_THROW((void)density_exponent(std::vector<double>{1, 2.5, 4}, 1.0, 8.0, 10.0, true), StateError);
  EXPECT_THROW((void)density_exponent(std::vector<double>{}, 1.0, 8.0), StateError);
}

}  // namespace
}  // namespace sorn::criticality
