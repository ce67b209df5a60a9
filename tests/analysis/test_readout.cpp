// Readouts: against known weights, in pieces, and what is refused.
#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/readout.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace sorn::readout {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

/// Random spikes, of which unit 1 is silent and units 0 and 2 are the same.
SpikeTrain random_states(std::size_t steps, std::size_t units, unsigned seed = 1) {
  std::mt19937_64 generator(seed);
  SpikeTrain train(steps, units);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < units; ++i) {
      if (i != 1 && i != 2 && generator() % 4 == 0) train.set(t, i);
    }
    if (units > 2 && train.fired(t, 0)) train.set(t, 2);
  }
  return train;
}

std::vector<std::int64_t> random_labels(std::size_t steps) {
  std::mt19937_64 generator(2);
  std::vector<std::int64_t> labels(steps);
  for (std::int64_t& label : labels) label = static_cast<std::int64_t>(generator() % 4) - 1;
  return labels;
}

SpikeTrain piece_of(const SpikeTrain& train, std::size_t begin, std::size_t end) {
  SpikeTrain piece(end - begin, train.neurons());
  for (std::size_t t = begin; t < end; ++t) {
    for (std::size_t i = 0; i < train.neurons(); ++i) {
      if (train.fired(t, i)) piece.set(t - begin, i);
    }
  }
  return piece;
}

TEST(Readout, SharesAWeightAmongUnitsThatFireTogether) {
  SpikeTrain states(3, 4);  // units 0 and 1 fire together, 2 alone, 3 never
  for (const std::size_t i : {0U, 1U}) states.set(0, i);
  states.set(1, 2);
  Training training;
  training.add(states, std::vector<std::int64_t>{7, 3, left_out});
  const Readout readout = training.least_squares();
  EXPECT_EQ(training.steps(), 2U);
  EXPECT_THAT(readout.classes, ElementsAre(3, 7));
  const std::vector<double> expected{0, 0, 1, 0, 0.5, 0.5, 0, 0};
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(readout.weights[k], expected[k], 1e-14) << k;
  EXPECT_THAT(readout.labels(readout.scores(states)), ElementsAre(7, 3, 3));  // of equal scores the first
}

TEST(Readout, PenalisesWeightsButNotTheBias) {
  SpikeTrain states(4, 1);
  states.set(0, 0);
  states.set(1, 0);
  Training training(true);
  const std::vector<double> targets{10, 12, 4, 6};
  training.add(states, Rows{targets, 1});
  // centred: x = ±1/2, Σ x² = 1, Σ x·y = 6
  const Readout readout = training.ridge(2.0);
  EXPECT_DOUBLE_EQ(readout.weights.at(0), 2.0);
  EXPECT_DOUBLE_EQ(readout.bias.at(0), 7.0);
}

TEST(Readout, DoesNotDependOnPieces) {
  const SpikeTrain states = random_states(20'001, 30);
  const std::vector<std::int64_t> labels = random_labels(states.steps());
  for (const bool bias : {false, true}) {
    Training whole(bias);
    whole.add(states, labels);
    Training pieces(bias);
    std::size_t end = states.steps();
    for (const std::size_t begin : {15'000U, 14'999U, 63U, 0U}) {  // backwards
      pieces.add(piece_of(states, begin, end), std::span(labels).subspan(begin, end - begin));
      end = begin;
    }
    EXPECT_EQ(whole.steps(), pieces.steps());
    EXPECT_EQ(whole.least_squares(), pieces.least_squares());
    EXPECT_EQ(whole.ridge(0.5), pieces.ridge(0.5));
  }
}

TEST(Readout, OfRealStatesIsThatOfSpikes) {
  const SpikeTrain states = random_states(500, 12);
  const std::vector<std::int64_t> labels = random_labels(states.steps());
  std::vector<std::uint8_t> bytes(500 * 12);
  states.to_bytes(bytes);
  const std::vector<double> values(bytes.begin(), bytes.end());
  Training bits(true);
  bits.add(states, labels);
  Training numbers(true);
  numbers.add(Rows{values, 12}, labels);
  const Readout a = bits.least_squares();
  const Readout b = numbers.least_squares();
  for (std::size_t k = 0; k < a.weights.size(); ++k) EXPECT_NEAR(a.weights[k], b.weights[k], 1e-12);
  const std::vector<double> of_bits = a.scores(states);
  const std::vector<double> of_numbers = a.scores(Rows{values, 12});
  for (std::size_t k = 0; k < of_bits.size(); ++k) EXPECT_NEAR(of_bits[k], of_numbers[k], 1e-13);
}

TEST(Readout, RefusesWhatDoesNotFit) {
  const SpikeTrain states = random_states(10, 5);
  const std::vector<std::int64_t> labels(10, 1);
  Training training;
  EXPECT_THROW(training.least_squares(), StateError);
  training.add(states, labels);
  const Readout before = training.least_squares();
  EXPECT_THROW(training.add(random_states(10, 6), labels), ShapeError);
  EXPECT_THROW(training.add(states, std::span(labels).first(9)), ShapeError);
  const std::vector<double> outputs(10);
  EXPECT_THROW(training.add(states, Rows{outputs, 1}), ParameterError);
  const std::vector<std::int64_t> wrong{1, 1, 1, -2, 1, 1, 1, 1, 1, 1};
  EXPECT_THAT(message_of<StateError>([&] { training.add(states, wrong); }), HasSubstr("targets[3] = -2"));
  EXPECT_EQ(training.least_squares(), before);
  EXPECT_THAT(message_of<ParameterError>([&] { training.ridge(0.0); }), HasSubstr("mu = 0"));
  EXPECT_THROW(before.scores(random_states(10, 6)), ShapeError);
}

TEST(Readout, AccuracyLeavesStepsOut) {
  const std::vector<std::int64_t> labels{0, 1, left_out, 2};
  const std::vector<std::int64_t> predicted{0, 2, left_out, 2};
  EXPECT_DOUBLE_EQ(accuracy(labels, predicted), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(accuracy(labels, predicted, std::vector<std::uint8_t>{1, 0, 1, 1}), 1.0);
  EXPECT_THROW(accuracy(labels, predicted, std::vector<std::uint8_t>{0, 0, 1, 0}), StateError);
}

}  // namespace
}  // namespace sorn::readout
