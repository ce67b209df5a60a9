#include <sorn/error.hpp>
#include <sorn/synapses.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sorn {
namespace {

using Starts = std::vector<std::size_t>;
using Indices = std::vector<std::uint32_t>;
using Weights = std::vector<double>;

TEST(SynapseMatrix, FromColumnsDropsZeros) {
  const auto m =
      SynapseMatrix::from_columns(Starts{0, 2, 3}, Indices{0, 2, 1}, Weights{0.5, 0.0, 0.25}, 3, Plasticity::fixed);
  EXPECT_EQ(m.synapse_count(), 2U);
  EXPECT_THAT(m.column(0).pre, testing::ElementsAre(0U));
  EXPECT_THAT(m.column(1).weight, testing::ElementsAre(0.25));
}

TEST(SynapseMatrix, RefusesContradictoryColumns) {
  const Weights two{0.5, 0.5};
  const auto build = [&](const Starts& start, const Indices& pre) {
    return SynapseMatrix::from_columns(start, pre, two, 3, Plasticity::fixed);
  };
  EXPECT_NO_THROW(build({0, 2}, {0, 2}));
  EXPECT_THROW(build({}, {0, 2}), ShapeError);
  EXPECT_THROW(build({0, 1}, {0, 2}), ShapeError);
  EXPECT_THROW(build({1, 2}, {0, 2}), ShapeError);
  EXPECT_THROW(build({0, 3, 2}, {0, 2}), ShapeError);
  EXPECT_THROW(build({0, 2}, {0}), ShapeError);
  EXPECT_THROW(build({0, 2}, {2, 0}), StateError);
  EXPECT_THROW(build({0, 2}, {1, 1}), StateError);
  EXPECT_THROW(build({0, 2}, {1, 3}), StateError);
}

TEST(SynapseMatrix, FillsUpToTheLastPair) {
  SynapseMatrix m(5, 1);
  for (const std::size_t pre : {4U, 0U, 2U, 1U, 3U}) m.insert(pre, 0, 0.1 * static_cast<double>(pre + 1));
  EXPECT_THAT(m.column(0).pre, testing::ElementsAre(0U, 1U, 2U, 3U, 4U));
  EXPECT_EQ(m.synapse_count(), 5U);
}

TEST(SynapseMatrix, EqualityIgnoresSlack) {
  const auto fixed = SynapseMatrix::from_columns(Starts{0, 1}, Indices{1}, Weights{0.5}, 3, Plasticity::fixed);
  const auto growing = SynapseMatrix::from_columns(Starts{0, 1}, Indices{1}, Weights{0.5}, 3, Plasticity::plastic);
  EXPECT_EQ(fixed, growing);
  const auto other = SynapseMatrix::from_columns(Starts{0, 1}, Indices{2}, Weights{0.5}, 3, Plasticity::fixed);
  EXPECT_NE(fixed, other);
  EXPECT_NE(fixed, SynapseMatrix::from_columns(Starts{0, 1}, Indices{1}, Weights{0.5}, 4, Plasticity::fixed));
}

TEST(SynapseMatrix, MinusZeroIsNoSynapse) {
  const std::vector<double> dense{-0.0, 0.5};
  const auto m = SynapseMatrix::from_dense(dense, 2, 1, Plasticity::fixed);
  EXPECT_EQ(m.synapse_count(), 1U);
  EXPECT_TRUE(m.equals_dense(dense));
}

}  // namespace
}  // namespace sorn
