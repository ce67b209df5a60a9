#include "kernels/gaussian.hpp"
#include "kernels/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <set>
#include <vector>

namespace sorn::kernels {
namespace {

// Known answers of Philox4x32-10, published with the generator (Random123, kat_vectors).
TEST(RandomBlock, GivesTheKnownAnswersOfPhilox) {
  const std::array<std::uint32_t, 4> zeros{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(random_block(0, Stream{0}, 0, 0), zeros);
  const std::array<std::uint32_t, 4> ones{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  EXPECT_EQ(random_block(~std::uint64_t{0}, Stream{0xffffffff}, ~std::uint64_t{0}, 0xffffffff), ones);
}

TEST(RandomBlock, ChangesWithEveryPartOfTheAddress) {
  const auto stream = Stream::noise_excitatory;
  const std::set<std::array<std::uint32_t, 4>> blocks{
      random_block(1, stream, 1, 1),
      random_block(2, stream, 1, 1),
      random_block(1 + (std::uint64_t{1} << 32U), stream, 1, 1),
      random_block(1, Stream::noise_inhibitory, 1, 1),
      random_block(1, stream, 2, 1),
      random_block(1, stream, 1 + (std::uint64_t{1} << 32U), 1),
      random_block(1, stream, 1, 2),
  };
  EXPECT_EQ(blocks.size(), 7U);
}

TEST(Uniform, StaysInsideTheOpenInterval) {
  EXPECT_GT(uniform(0), 0.0);
  EXPECT_LT(uniform(~std::uint64_t{0}), 1.0);
  EXPECT_DOUBLE_EQ(uniform(std::uint64_t{1} << 63U), 0.5);
}

TEST(Below, DividesTheWordsIntoEqualIntervals) {
  EXPECT_EQ(below(1, ~std::uint64_t{0}), 0U);
  EXPECT_EQ(below(10, 0), 0U);
  EXPECT_EQ(below(10, ~std::uint64_t{0}), 9U);
  EXPECT_EQ(below(2, std::uint64_t{1} << 63U), 1U);
  EXPECT_EQ(below(2, (std::uint64_t{1} << 63U) - 1), 0U);
}

TEST(Gaussian, IsBoxMullerOfItsBlock) {
  std::vector<double> values(4096);
  fill_gaussian(42, Stream::noise_excitatory, 7, values);
  for (std::uint32_t b = 0; b < values.size() / 4; ++b) {
    const auto words = random_block(42, Stream::noise_excitatory, 7, b);
    for (std::size_t half = 0; half < 2; ++half) {
      const double radius = std::sqrt(-2.0 * std::log((words[2 * half] + 0.5) / 4294967296.0));
      const double angle = 2.0 * std::numbers::pi * words[2 * half + 1] / 4294967296.0;
      EXPECT_NEAR(values[4 * b + 2 * half], radius * std::cos(angle), 2e-14);
      EXPECT_NEAR(values[4 * b + 2 * half + 1], radius * std::sin(angle), 2e-14);
    }
  }
}

TEST(Gaussian, OfAUnitDoesNotDependOnTheNumberOfUnits) {
  std::vector<double> all(1003);
  fill_gaussian(3, Stream::noise_inhibitory, 5, all);
  for (std::size_t count = 0; count < 530; ++count) {
    std::vector<double> some(count);
    fill_gaussian(3, Stream::noise_inhibitory, 5, some);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << count;
  }
}

// The expected bits, as hexadecimal floats. They must be the same on every machine, with every compiler and in every
// version.
TEST(Gaussian, HasTheExpectedBits) {
  std::vector<double> values(6);
  fill_gaussian(2026, Stream::noise_excitatory, 123456789, values);
  const std::vector<double> expected{0x1.69d8b5a429dfcp-1,  -0x1.9ab14c9b8b7bdp-1,  0x1.3c8bf52d7f9c1p-4,
                                     -0x1.5772bd527dae2p-1, -0x1.73d79e5e75812p-14, -0x1.014b5c60a59f2p+1};
  EXPECT_EQ(values, expected);
}

/// Two million draws, as a run makes them: 200 units over 10,000 steps.
const std::vector<double>& sample() {
  static const auto values = [] {
    std::vector<double> all(200 * 10'000);
    for (std::size_t t = 0; t < 10'000; ++t) {
      fill_gaussian(11, Stream::noise_excitatory, t, std::span(all).subspan(t * 200, 200));
    }
    return all;
  }();
  return values;
}

double moment(int power) {
  return std::accumulate(sample().begin(), sample().end(), 0.0,
                         [power](double sum, double z) { return sum + std::pow(z, power); }) /
         static_cast<double>(sample().size());
}

TEST(Gaussian, HasTheMomentsOfTheNormalDistribution) {
  // Five standard errors of each moment's estimate.
  const double n = static_cast<double>(sample().size());
  EXPECT_NEAR(moment(1), 0.0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(moment(2), 1.0, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moment(3), 0.0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moment(4), 3.0, 5 * std::sqrt(96 / n));
}

TEST(Gaussian, PassesTheKolmogorovSmirnovTest) {
  auto sorted = sample();
  std::sort(sorted.begin(), sorted.end());
  const double n = static_cast<double>(sorted.size());
  double distance = 0.0;
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    const double phi = 0.5 * std::erfc(-sorted[k] / std::numbers::sqrt2);
    distance = std::max({distance, phi - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - phi});
  }
  EXPECT_LT(distance * std::sqrt(n), 1.95);  // significance 0.001
}

TEST(Gaussian, HasTheTailsOfTheNormalDistribution) {
  const double n = static_cast<double>(sample().size());
  for (const double z : {2.0, 3.0, 4.0}) {
    const double p = std::erfc(z / std::numbers::sqrt2);  // both tails
    const auto beyond = std::count_if(sample().begin(), sample().end(), [z](double v) { return std::abs(v) > z; });
    EXPECT_NEAR(static_cast<double>(beyond), n * p, 5 * std::sqrt(n * p)) << z;
  }
  const auto [low, high] = std::minmax_element(sample().begin(), sample().end());
  EXPECT_LT(*high, 6.77);
  EXPECT_GT(*low, -6.77);
}

TEST(Gaussian, IsUncorrelatedBetweenNeighbouringUnitsAndSteps) {
  const auto& z = sample();
  const double n = static_cast<double>(z.size());
  for (const std::size_t lag : {1U, 2U, 3U, 4U, 200U, 400U}) {
    double sum = 0.0;
    for (std::size_t k = lag; k < z.size(); ++k) sum += z[k] * z[k - lag];
    EXPECT_NEAR(sum / n, 0.0, 5 / std::sqrt(n)) << lag;
  }
}

}  // namespace
}  // namespace sorn::kernels
