#include <sorn/state.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sorn {
namespace {

double column_sum(const SynapseMatrix& m, std::size_t i) {
  const auto weights = m.column(i).weight;
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

/// Mean synapse counts over fifty seeds: EE, EI, IE.
std::array<double, 3> mean_counts(const Parameters& p) {
  std::array<double, 3> mean{};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const State s = build_state(p, seed);
    mean[0] += static_cast<double>(s.wee->synapse_count()) / 50;
    mean[1] += static_cast<double>(s.wei->synapse_count()) / 50;
    mean[2] += static_cast<double>(s.wie->synapse_count()) / 50;
  }
  return mean;
}

// int(N(λ, 1)) has mean λ − 0.5 and variance 1 + 1/12; five standard errors of the mean of 50 networks.
TEST(Build, HasTheCountsOfTheUsageDocument) {
  const auto usual = mean_counts({});
  EXPECT_NEAR(usual[0], 200 * 19.5, 5 * std::sqrt(200 * 13 / 12.0 / 50));
  EXPECT_NEAR(usual[1], 40 * 39.5, 5 * std::sqrt(40 * 13 / 12.0 / 50));
  EXPECT_EQ(usual[2], 8000);
  const auto small = mean_counts({.ne = 100, .nu = 5, .lambda_ee = 10});
  EXPECT_NEAR(small[0], 100 * 9.5, 5 * std::sqrt(100 * 13 / 12.0 / 50));
  EXPECT_NEAR(small[1], 20 * 39.5, 5 * std::sqrt(20 * 13 / 12.0 / 50));
  EXPECT_EQ(small[2], 2000);
}

TEST(Build, GivesAValidNetworkWhoseColumnsSumToOne) {
  for (const auto ee : {Connectivity::sparse, Connectivity::dense}) {
    for (const auto ei : {Connectivity::sparse, Connectivity::dense}) {
      for (const auto ie : {Connectivity::sparse, Connectivity::dense}) {
        const Parameters p{.ne = 60,
                           .ni = 7,
                           .nu = 4,
                           .network_type_ee = ee,
                           .network_type_ei = ei,
                           .network_type_ie = ie,
                           .lambda_ee = 5,
                           .lambda_ei = 3,
                           .lambda_ie = 20};
        const State s = build_state(p, 1);
        validate(s);
        for (const auto* m : {&s.wee, &s.wei, &s.wie}) {
          for (std::size_t i = 0; i < (*m)->n_post(); ++i) ASSERT_NEAR(column_sum(**m, i), 1.0, 1e-14);
        }
        for (const double t : s.te) EXPECT_TRUE(t > 0.0 && t < 1.0);
        for (const double t : s.ti) EXPECT_TRUE(t > 0.0 && t < 0.5);
        EXPECT_TRUE(std::all_of(s.x.begin(), s.x.end(), [](auto v) { return v == 0; }));
        EXPECT_TRUE(std::all_of(s.y.begin(), s.y.end(), [](auto v) { return v == 0; }));
      }
    }
  }
}

TEST(Build, DenseMeansAllPairs) {
  const State s = build_state(
      {.ne = 30, .ni = 4, .network_type_ee = Connectivity::dense, .network_type_ei = Connectivity::dense}, 1);
  EXPECT_EQ(s.wee->synapse_count(), 30U * 29U);
  EXPECT_EQ(s.wei->synapse_count(), 4U * 30U);
  EXPECT_EQ(s.wie->synapse_count(), 30U * 4U);
}

TEST(Build, GivesTwoPartnersToUnitsThatWereNotDrawn) {
  // Three inhibitory units with one synapse each leave 57 excitatory units without any.
  const State s = build_state({.ne = 60, .ni = 3, .lambda_ei = 0}, 1);
  std::size_t with_two = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    ASSERT_GE(s.wei->column(i).pre.size(), 1U);
    with_two += s.wei->column(i).pre.size() == 2 ? 1U : 0U;
  }
  EXPECT_GE(with_two, 57U);
  // With a single inhibitory unit there is only one possible partner.
  EXPECT_EQ(build_state({.ne = 60, .ni = 1, .lambda_ei = 0}, 1).wei->synapse_count(), 60U);
}

TEST(Build, ChoosesPartnersUniformly) {
  std::vector<double> chosen(40, 0.0);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const State s = build_state({.ne = 40, .nu = 4, .lambda_ee = 10}, seed);
    for (std::size_t i = 0; i < 40; ++i) {
      for (const auto j : s.wee->column(i).pre) ++chosen[j];
    }
  }
  const double expected = 200 * 9.5;
  for (const double count : chosen) EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
}

TEST(Build, DrawsInitialWeightsBetweenZeroAndATenth) {
  // Before scaling, weights are drawn from U(0, 0.1). The largest of 20 is on average 20/21 of the range, and their sum
  // 20/2 of it: the normalised maximum is about 20/21 / (20/2).
  double mean_largest = 0.0;
  const State s = build_state({.ne = 2000, .lambda_ee = 20.5}, 4);
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto w = s.wee->column(i).weight;
    mean_largest += *std::max_element(w.begin(), w.end()) * static_cast<double>(w.size()) / 2 / 2000;
  }
  EXPECT_NEAR(mean_largest, 20.0 / 21.0, 0.02);
}

TEST(Build, DependsOnlyOnTheSeed) {
  EXPECT_EQ(build_state({}, 5), build_state({}, 5));
  State other = build_state({}, 6);
  other.seed = 5;
  EXPECT_NE(build_state({}, 5), other);
}

TEST(Build, SpreadsThresholdsOverTheirRange) {
  const State s = build_state(
      {.ne = 4000, .network_type_ie = Connectivity::sparse, .lambda_ie = 1, .te_max = 0.8, .te_min = 0.2}, 2);
  const auto [low, high] = std::minmax_element(s.te.begin(), s.te.end());
  EXPECT_GE(*low, 0.2);
  EXPECT_LT(*low, 0.201);
  EXPECT_LE(*high, 0.8);
  EXPECT_GT(*high, 0.799);
  EXPECT_NEAR(std::accumulate(s.te.begin(), s.te.end(), 0.0) / 4000, 0.5, 5 * 0.6 / std::sqrt(12.0 * 4000));
}

}  // namespace
}  // namespace sorn
