// Recursive least squares beside the batch solution, with and without forgetting, and what is refused.
#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/recursive_least_squares.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace sorn::readout {
namespace {

using test::message_of;
using testing::HasSubstr;

struct Samples {
  std::size_t units, outputs;
  std::vector<double> states{}, targets{};

  Rows state_rows() const { return {states, units}; }
  Rows target_rows() const { return {targets, outputs}; }
};

Samples random_samples(std::size_t steps, std::size_t units, std::size_t outputs, bool spikes) {
  std::mt19937_64 generator(4);
  std::normal_distribution<double> number;
  Samples samples{units, outputs};
  for (std::size_t k = 0; k < steps * units; ++k) {
    samples.states.push_back(spikes ? static_cast<double>(generator() % 5 == 0) : number(generator));
  }
  for (std::size_t k = 0; k < steps * outputs; ++k) samples.targets.push_back(number(generator));
  return samples;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double error) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], error) << k;
}

TEST(RecursiveLeastSquares, IsRidgeAfterEachStep) {
  const Samples samples = random_samples(60, 12, 3, false);
  RecursiveLeastSquares online(12, 3, {.forgetting = 1.0, .delta = 0.7, .bias = false});
  Training batch;
  for (std::size_t t = 0; t < 60; ++t) {
    online.add(samples.state_rows().row(t), samples.target_rows().row(t));
    batch.add(Rows{samples.state_rows().row(t), 12}, Rows{samples.target_rows().row(t), 3});
    expect_near(online.readout().weights, batch.ridge(0.7).weights, 1e-9);
  }
  EXPECT_EQ(online.steps(), 60U);
  EXPECT_EQ(online.readout().classes, batch.ridge(0.7).classes);
}

TEST(RecursiveLeastSquares, PenalisesItsBiasAsAUnitThatAlwaysFires) {
  const Samples samples = random_samples(80, 6, 2, true);
  Samples with_unit{7, 2, {}, samples.targets};
  for (std::size_t t = 0; t < 80; ++t) {
    const auto row = samples.state_rows().row(t);
    with_unit.states.insert(with_unit.states.end(), row.begin(), row.end());
    with_unit.states.push_back(1.0);
  }
  RecursiveLeastSquares online(6, 2, {.forgetting = 1.0, .delta = 2.0, .bias = true});
  online.add(samples.state_rows(), samples.target_rows());
  Training batch;
  batch.add(with_unit.state_rows(), with_unit.target_rows());
  const Readout ridge = batch.ridge(2.0);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t i = 0; i < 6; ++i)
      EXPECT_NEAR(online.readout().weights[c * 6 + i], ridge.weights[c * 7 + i], 1e-10);
    EXPECT_NEAR(online.readout().bias[c], ridge.weights[c * 7 + 6], 1e-10);
  }
}

TEST(RecursiveLeastSquares, ForgetsByTheFactorInEachStep) {
  // A weight λ^(n−t) is that of states and targets times its root; the penalty is λⁿ·delta.
  const double lambda = 0.9;
  const std::size_t steps = 50;
  const Samples samples = random_samples(steps, 8, 2, false);
  RecursiveLeastSquares online(8, 2, {.forgetting = lambda, .delta = 3.0, .bias = false});
  online.add(samples.state_rows(), samples.target_rows());
  Samples weighted = samples;
  for (std::size_t t = 0; t < steps; ++t) {
    const double root = std::sqrt(std::pow(lambda, static_cast<double>(steps - 1 - t)));
    for (std::size_t i = 0; i < 8; ++i) weighted.states[t * 8 + i] *= root;
    for (std::size_t c = 0; c < 2; ++c) weighted.targets[t * 2 + c] *= root;
  }
  Training batch;
  batch.add(weighted.state_rows(), weighted.target_rows());
  expect_near(online.readout().weights, batch.ridge(std::pow(lambda, static_cast<double>(steps)) * 3.0).weights, 1e-9);
}

TEST(RecursiveLeastSquares, TakesLabelsAndBytesAndLeavesStepsOut) {
  const Samples samples = random_samples(100, 10, 3, true);
  RecursiveLeastSquares by_targets(10, 3);
  RecursiveLeastSquares by_labels(10, 3);
  RecursiveLeastSquares by_bytes(10, 3);
  for (std::size_t t = 0; t < 100; ++t) {
    const auto state = samples.state_rows().row(t);
    const std::vector<std::uint8_t> bytes(state.begin(), state.end());
    const auto label = static_cast<std::int64_t>(t * t % 4) - 1;
    by_labels.add(state, label);
    by_bytes.add(std::span<const std::uint8_t>(bytes), label);
    if (label == left_out) continue;
    std::vector<double> target(3, 0.0);
    target[static_cast<std::size_t>(label)] = 1.0;
    by_targets.add(state, std::span<const double>(target));
  }
  EXPECT_LT(by_labels.steps(), 100U);
  EXPECT_EQ(by_labels.readout(), by_targets.readout());
  EXPECT_EQ(by_bytes.readout(), by_labels.readout());
}

TEST(RecursiveLeastSquares, IsLeftAsItWasByWhatItRefuses) {
  RecursiveLeastSquares online(2, 2);
  const std::vector<double> state{1.0, 0.0};
  online.add(state, 1);
  const Readout before = online.readout();
  const std::vector<double> nan{0.0, std::numeric_limits<double>::quiet_NaN()};
  const std::vector<double> three(3, 0.0);
  EXPECT_THROW(online.add(three, 0), ShapeError);
  EXPECT_THROW(online.add(state, std::span<const double>(three)), ShapeError);
  EXPECT_THROW(online.add(nan, 0), StateError);
  EXPECT_THROW(online.add(state, std::span<const double>(nan)), StateError);
  EXPECT_THROW(online.add(state, -2), StateError);
  EXPECT_THAT(message_of<StateError>([&] { online.add(state, 2); }), HasSubstr("label 2: must be a class in [0, 1]"));
  EXPECT_THROW(online.add(Rows{state, 2}, std::vector<std::int64_t>{0, 1}), ShapeError);
  EXPECT_EQ(online.readout(), before);
  EXPECT_EQ(online.steps(), 1U);
  online.add(state, 0);  // P is as before, too
  RecursiveLeastSquares other(2, 2);
  other.add(state, 1);
  other.add(state, 0);
  EXPECT_EQ(online.readout(), other.readout());

  EXPECT_THROW(RecursiveLeastSquares(0, 2), ShapeError);
  EXPECT_THROW(RecursiveLeastSquares(2, 0), ShapeError);
  for (const double wrong : {0.0, -1.0, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(RecursiveLeastSquares(2, 2, {.forgetting = wrong, .delta = 1.0, .bias = false}), ParameterError);
  }
  for (const double wrong : {0.0, -1.0, 1e-320, std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(RecursiveLeastSquares(2, 2, {.forgetting = 1.0, .delta = wrong, .bias = false}), ParameterError);
  }
}

TEST(RecursiveLeastSquares, SaysThatItHasForgottenTooMuch) {
  RecursiveLeastSquares online(2, 1, {.forgetting = 0.5, .delta = 1.0, .bias = false});
  const std::vector<double> state{1.0, 0.0};  // unit 1 never fires
  std::size_t steps = 0;
  const auto run = [&] {
    for (; steps < 3000; ++steps) online.add(state, 0);
  };
  EXPECT_THAT(message_of<StateError>(run), HasSubstr("forget more slowly"));
  EXPECT_GT(steps, 1000U);
  EXPECT_LT(steps, 1100U);
  EXPECT_NEAR(online.readout().weights[0], 1.0, 1e-12);
}

}  // namespace
}  // namespace sorn::readout
