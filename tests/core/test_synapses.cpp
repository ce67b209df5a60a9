#include "core/synapse_slice.hpp"
#include "helpers/consistency.hpp"
#include "helpers/message_of.hpp"
#include "support/room.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
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

TEST(SynapseMatrix, GivesTheColumnsOfSomeUnits) {
  const auto m = SynapseMatrix::from_columns(Starts{0, 2, 3, 3}, Indices{0, 2, 1}, Weights{0.5, 0.75, 0.25}, 3,
                                             Plasticity::plastic);
  const CompressedColumns columns = m.compressed({1, 3});
  EXPECT_EQ(columns.posts, (UnitRange{1, 3}));
  EXPECT_EQ(columns.start, (Starts{0, 1, 1}));
  EXPECT_EQ(columns.pre, Indices{1});
  EXPECT_EQ(columns.weight, Weights{0.25});
  EXPECT_EQ(SynapseMatrix::from_columns(columns, 3, 3, Plasticity::plastic), m.share({1, 3}));
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

TEST(SynapseMatrix, EqualityIgnoresFreeRoom) {
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

// In a small matrix, free room is a larger fraction.
TEST(SynapseMatrix, NeedsLittleMoreMemoryThanAWeightAndTwoIndices) {
  const auto bytes_per_synapse = [](std::size_t ne) {
    const State state =
        build_state({.ne = ne, .ni = 10, .network_type_ie = Connectivity::sparse, .lambda_ee = 20, .lambda_ie = 1}, 1);
    return static_cast<double>(state.wee->memory()) / static_cast<double>(state.wee->synapse_count());
  };
  EXPECT_LE(bytes_per_synapse(20'000), 24.0);
  EXPECT_LE(bytes_per_synapse(2'000), 24.5);
  EXPECT_LE(bytes_per_synapse(200), 28.0);
  EXPECT_GE(bytes_per_synapse(20'000), 8.0 + 4.0 + 8.0);
}

// A rank of a thousand has synapses of few of all units.
TEST(SynapseMatrix, NeedsHalfAByteForAUnitWithoutSynapses) {
  constexpr std::size_t units = 1'000'000;
  CompressedColumns columns{.posts = {0, 50}};
  for (std::size_t post = 0; post < 50; ++post) {
    for (std::size_t k = 0; k < 20; ++k) columns.pre.push_back(static_cast<std::uint32_t>(k * 50'000 + 7 * post));
    columns.start.push_back(columns.pre.size());
  }
  columns.weight.assign(columns.pre.size(), 0.05);
  auto matrix = SynapseMatrix::from_columns(columns, units, 50, Plasticity::plastic);
  EXPECT_LT(matrix.memory(), units / 2);
  matrix.slice(0).index_all_rows();
  EXPECT_GT(matrix.memory(), units * 12);
  EXPECT_EQ(test::inconsistency(matrix), "");
  matrix.slice(0).make_room();
  EXPECT_TRUE(matrix.slice(0).indexes_all_rows());
}

TEST(SynapseMatrix, HasNoMoreEntriesThan32BitsCanCount) {
  EXPECT_EQ(checked_entries(0), 0U);
  EXPECT_EQ(checked_entries(0xffffffff), 0xffffffffU);
  EXPECT_THROW(checked_entries(0x100000000), ParameterError);
  const auto message = test::message_of<ParameterError>([] { checked_entries(5'000'000'000); });
  EXPECT_THAT(message, testing::AllOf(testing::HasSubstr("5000000000"), testing::HasSubstr("4294967295"),
                                      testing::HasSubstr("fewer units")));
}

// A row that is too long for the index must be refused before its memory is allocated.
TEST(OutgoingIndex, RefusesMoreSynapsesThan32BitsCanCount) {
  const Indices length(3, 0x60000000);
  EXPECT_THROW(OutgoingIndex(RowNumbers::all(3), length), ParameterError);
}

}  // namespace
}  // namespace sorn
