#include "core/synapse_slice.hpp"
#include "kernels/columns.hpp"
#include "kernels/random.hpp"
#include "kernels/structural.hpp"

#include <sorn/network.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace sorn {
namespace {

TEST(AbsentPair, DoesNotExistInAFullNetwork) {
  std::vector<double> dense{0, 1, 1, 1, 0, 1, 1, 1, 0};
  const auto full = SynapseMatrix::from_dense(dense, 3, 3, Plasticity::plastic);
  EXPECT_EQ(kernels::absent_pairs(full.slice(0).columns(), full.synapse_count()), 0U);
}

TEST(AbsentPair, IsNeverASelfConnection) {
  const SynapseMatrix empty(4, 4);
  std::map<std::pair<std::size_t, std::size_t>, int> hits;
  for (std::uint64_t k = 0; k < 12'000; ++k) {
    const std::uint64_t word = kernels::random_word(9, kernels::Stream::structural, k, 0);
    const auto pair = kernels::absent_pair(empty.slice(0).columns(), kernels::below(12, word));
    ASSERT_NE(pair.pre, pair.post);
    ++hits[{pair.pre, pair.post}];
  }
  ASSERT_EQ(hits.size(), 12U);
  for (const auto& [pair, count] : hits) EXPECT_NEAR(count, 1000, 5 * 31) << pair.first << " " << pair.second;
}

TEST(StructuralPlasticity, AddsASynapseInATenthOfTheSteps) {
  Parameters p;
  Network network(p, 3);
  const std::size_t before = network.state().wee->synapse_count();
  RunOptions only_sp{.freeze = {Rule::stdp, Rule::ip, Rule::istdp, Rule::ss}};
  network.run(20'000, only_sp);
  const double grown = static_cast<double>(network.state().wee->synapse_count() - before);
  EXPECT_NEAR(grown, 2000, 5 * std::sqrt(20'000 * 0.1 * 0.9));
}

TEST(StructuralPlasticity, HasTheGivenProbabilityAndWeight) {
  const RunOptions only_sp{.freeze = {Rule::stdp, Rule::ip, Rule::istdp, Rule::ss}};
  for (const double probability : {0.0, 0.5, 1.0}) {
    Network network({.sp_probability = probability, .sp_weight = 0.25}, 3);
    const State before = network.state();
    network.run(1000, only_sp);
    const State& after = network.state();
    const auto grown = static_cast<double>(after.wee->synapse_count() - before.wee->synapse_count());
    EXPECT_NEAR(grown, 1000 * probability, 5 * std::sqrt(1000 * probability * (1 - probability)));
    double weight = 0.0;
    for (std::size_t i = 0; i < after.ne(); ++i) {
      for (const double w : after.wee->column(i).weight) weight += w;
      for (const double w : before.wee->column(i).weight) weight -= w;
    }
    EXPECT_NEAR(weight, 0.25 * grown, 1e-9);
  }
}

}  // namespace
}  // namespace sorn
