#include <sorn/error.hpp>
#include <sorn/network.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace sorn {
namespace {

using testing::HasSubstr;

const Parameters tiny{.ne = 10, .nu = 2, .lambda_ee = 3, .lambda_ei = 4};

/// The error message for a state after `damage`.
template <class Expected>
std::string refusal(const std::function<void(State&)>& damage) {
  State state = build_state(tiny, 1);
  damage(state);
  try {
    validate(state);
  } catch (const Expected& error) {
    EXPECT_THROW(Network(tiny, state), Error);
    return error.what();
  }
  return "accepted";
}

SynapseMatrix with_weight(std::size_t n_pre, std::size_t n_post, std::size_t pre, std::size_t post, double weight) {
  std::vector<double> dense(n_pre * n_post, 0.0);
  dense[pre * n_post + post] = weight;
  return SynapseMatrix::from_dense(dense, n_pre, n_post, Plasticity::fixed);
}

TEST(State, IsValidAfterBuilding) { EXPECT_NO_THROW(validate(build_state(tiny, 1))); }

TEST(State, WithBadWeightsIsRefused) {
  EXPECT_THAT(refusal<StateError>([](State& s) { s.wee = with_weight(10, 10, 3, 4, NAN); }),
              HasSubstr("Wee[3][4] = nan: weights must be finite"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.wei = with_weight(2, 10, 1, 7, INFINITY); }),
              HasSubstr("Wei[1][7] = inf: weights must be finite"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.wie = with_weight(10, 2, 9, 0, -0.25); }),
              HasSubstr("Wie[9][0] = -0.25: weights must not be negative"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.wee = with_weight(10, 10, 6, 6, 0.5); }),
              HasSubstr("Wee[6][6] = 0.5: a unit has no synapse onto itself"));
}

TEST(State, WithOversizedValuesIsRefused) {
  EXPECT_THAT(refusal<StateError>([](State& s) { s.wee = with_weight(10, 10, 3, 4, 1e7); }),
              HasSubstr("Wee[3][4] = 10000000: weights must be at most 1000000"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.te[0] = -1e200; }), HasSubstr("thresholds must lie in"));
}

TEST(State, WithBadShapesIsRefused) {
  EXPECT_THAT(refusal<ShapeError>([](State& s) { s.wee = SynapseMatrix(9, 10); }),
              HasSubstr("Wee has shape (9, 10): must have shape (10, 10)"));
  EXPECT_THAT(refusal<ShapeError>([](State& s) { s.wei = SynapseMatrix(10, 2); }),
              HasSubstr("must have shape (2, 10)"));
  EXPECT_THAT(refusal<ShapeError>([](State& s) { s.wie = SynapseMatrix(10, 3); }),
              HasSubstr("must have shape (10, 2)"));
  EXPECT_THAT(refusal<ShapeError>([](State& s) { s.x.pop_back(); }), HasSubstr("X[:, 1] has 9 values: must have 10"));
  EXPECT_THAT(refusal<ShapeError>([](State& s) { s.y_previous.push_back(0); }), HasSubstr("Y[:, 0] has 3 values"));
}

TEST(State, WithBadThresholdsOrActivityIsRefused) {
  EXPECT_THAT(refusal<StateError>([](State& s) { s.te[4] = NAN; }), HasSubstr("Te[4] = nan"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.ti[1] = -INFINITY; }), HasSubstr("Ti[1] = -inf"));
  EXPECT_THAT(refusal<StateError>([](State& s) { s.x[2] = 3; }), HasSubstr("X[:, 1][2] = 3: activity must be 0 or 1"));
}

TEST(State, IsNotRunBeyondTheLastStepNumber) {
  State state = build_state(tiny, 1);
  state.step = last_step - 2;
  Network network(tiny, state);
  EXPECT_THROW(network.run(3), ParameterError);
  EXPECT_EQ(network.run(2), 2);
  EXPECT_EQ(network.state().step, last_step);
  EXPECT_THROW(network.step({}), ParameterError);
  EXPECT_EQ(network.state().step, last_step);
  state.step = last_step + 1;
  EXPECT_THROW(Network(tiny, state), StateError);
}

TEST(ValidateWeights, ChecksDenseMatrices) {
  const std::vector<double> good{0, 1, 1, 0};
  EXPECT_NO_THROW(validate_weights("Wee", good, 2, 2, true));
  EXPECT_THROW(validate_weights("Wee", good, 2, 3, true), ShapeError);
  const std::vector<double> diagonal{0.1, 1, 1, 0};
  EXPECT_THROW(validate_weights("Wee", diagonal, 2, 2, true), StateError);
  EXPECT_NO_THROW(validate_weights("Wie", diagonal, 2, 2, false));
}

TEST(State, SharesMatricesUntilOneCopyChanges) {
  Network network(tiny, 1);
  const State before = network.state();
  EXPECT_EQ(&*before.wee, &*network.state().wee);
  RunOptions training{.phase = Phase::training};
  network.run(3, training);
  EXPECT_EQ(&*before.wee, &*network.state().wee) << "training copied weights that it does not change";
  const State copy = before;
  network.run(20);
  EXPECT_EQ(before, copy) << "a snapshot changed with the network";
  EXPECT_NE(&*before.wee, &*network.state().wee);
  EXPECT_EQ(&*before.wie, &*network.state().wie);
}

TEST(CopyOnWrite, CopiesWhatOthersShareIntoMemoryThatItHas) {
  CopyOnWrite<std::vector<int>> first(std::vector<int>{1, 2, 3});
  CopyOnWrite<std::vector<int>> second(std::vector<int>{4, 5, 6});
  const int* const memory = second->data();
  second = first;
  EXPECT_EQ(second->data(), first->data());
  second.mutate()[0] = 7;
  EXPECT_EQ(second->data(), memory);
  EXPECT_EQ(*first, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(*second, (std::vector<int>{7, 2, 3}));

  const CopyOnWrite<std::vector<int>> third = second;  // has no memory of its own
  second = first;
  EXPECT_EQ(*third, (std::vector<int>{7, 2, 3}));
  second.mutate()[1] = 8;
  EXPECT_EQ(*third, (std::vector<int>{7, 2, 3}));
  EXPECT_EQ(*first, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(*second, (std::vector<int>{1, 8, 3}));
}

}  // namespace
}  // namespace sorn
