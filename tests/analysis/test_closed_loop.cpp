// Closed loops: against a loop by hand, from a start, over runs in pieces, and what is refused.
#include "helpers/message_of.hpp"

#include <sorn/closed_loop.hpp>
#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace sorn::readout {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t loop_units = 60;

Parameters small_network() {
  Parameters p;
  p.ne = loop_units;
  p.nu = loop_units;  // step() takes the drive of all units
  p.h_ip = 0.1;
  p.lambda_ee = 8;
  p.lambda_ei = 8;
  return p;
}

/// Weights without a meaning, so that the symbols change all the time.
Readout random_readout(std::size_t classes) {
  std::mt19937_64 generator(3);
  std::normal_distribution<double> weight;
  Readout readout;
  readout.units = loop_units;
  for (std::size_t c = 0; c < classes; ++c) {
    readout.classes.push_back(static_cast<std::int64_t>(c));
    readout.bias.push_back(0.1 * weight(generator));
    for (std::size_t i = 0; i < loop_units; ++i) readout.weights.push_back(weight(generator));
  }
  return readout;
}

SourceSpec letters() {
  return source_spec(R"({"source": "words", "words": ["ABCDE"], "pools": "overlapping", "pool_size": 4})");
}

/// What the run shows in each step.
std::vector<std::int64_t> generated(Network& network, Source& loop, std::size_t steps, std::size_t threads = 1) {
  const std::vector<RecordRequest> requests{{Quantity::symbol}};
  Recorder recorder(network, requests, steps);
  network.run(steps, {.own_source = &loop, .threads = threads}, {&recorder});
  const auto counts = recorder.recordings().front().counts();
  return {counts.begin(), counts.end()};
}

/// The same, step by step with arrays of drives.
std::vector<std::int64_t> by_hand(Network& network, const Readout& readout, std::size_t steps,
                                  std::optional<std::int64_t> start) {
  const auto all_pools = pools(letters(), loop_units, 4, network.state().seed);
  std::vector<std::int64_t> shown;
  for (std::size_t t = 0; t < steps; ++t) {
    SpikeTrain state(1, loop_units);
    for (std::size_t i = 0; i < loop_units; ++i) {
      if (network.state().x[i] != 0) state.set(0, i);
    }
    const std::int64_t symbol = t == 0 && start ? *start : readout.labels(readout.scores(state)).front();
    std::vector<double> drive(loop_units, 0.0);
    for (const std::uint32_t unit : all_pools[static_cast<std::size_t>(symbol)]) drive[unit] = 1.0;
    network.step(drive);
    shown.push_back(symbol);
  }
  return shown;
}

TEST(ClosedLoop, IsALoopByHand) {
  const Readout readout = random_readout(5);
  for (const std::optional<Symbol> start : {std::optional<Symbol>(), std::optional<Symbol>(3)}) {
    Network network(small_network(), 11);
    Network other(network);
    ClosedLoop loop(readout, letters(), {.start = start, .symbols = {}});
    const auto symbols = generated(network, loop, 400);
    EXPECT_EQ(symbols, by_hand(other, readout, 400, start));
    EXPECT_EQ(network.state(), other.state());
    EXPECT_GT(std::set<std::int64_t>(symbols.begin(), symbols.end()).size(), 2U);
    EXPECT_EQ(symbols.front(), start.value_or(static_cast<Symbol>(symbols.front())));
  }
}

TEST(ClosedLoop, GoesOnInASecondRunAndOnAnyNumberOfThreads) {
  const Readout readout = random_readout(5);
  Network network(small_network(), 12);
  Network other(network);
  ClosedLoop loop(readout, letters(), {.start = 1, .symbols = {}});
  ClosedLoop pieces(readout, letters(), {.start = 1, .symbols = {}});
  const auto whole = generated(network, loop, 300);
  auto parts = generated(other, pieces, 100, 2);
  for (const std::int64_t symbol : generated(other, pieces, 200, 3)) parts.push_back(symbol);
  EXPECT_EQ(parts, whole);
  EXPECT_EQ(network.state(), other.state());
}

TEST(ClosedLoop, GeneratesAKnownCycle) {
  // Each unit of the pool of a symbol speaks for the next one. The gain makes the pools fire, and nothing else.
  Parameters p = small_network();
  p.noise_sigma = 0.0;
  Network network(p, 5);
  SourceSpec spec = source_spec(R"({"source": "words", "words": ["ABCDE"], "gain": 1000, "pool_size": 4})");
  Readout readout;
  readout.units = loop_units;
  readout.classes = {0, 1, 2, 3, 4};
  readout.weights.assign(5 * loop_units, 0.0);
  for (std::size_t symbol = 0; symbol < 5; ++symbol) {
    for (std::size_t k = 0; k < 4; ++k) readout.weights[((symbol + 1) % 5) * loop_units + 4 * symbol + k] = 1.0;
  }
  ClosedLoop loop(readout, spec, {.start = 2, .symbols = {}});
  const auto symbols = generated(network, loop, 12);
  // The other units of the first 20 hardly fire: four votes of the pool win.
  EXPECT_THAT(symbols, ElementsAre(2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3));
}

TEST(ClosedLoop, ShowsWhatEachClassStandsFor) {
  Readout readout = random_readout(3);
  readout.classes = {7, 70, 700};
  Network network(small_network(), 11);
  ClosedLoop loop(readout, letters(), {.start = {}, .symbols = {4, no_symbol, 0}});
  const auto symbols = generated(network, loop, 300);
  EXPECT_EQ(std::set<std::int64_t>(symbols.begin(), symbols.end()), (std::set<std::int64_t>{-1, 0, 4}));
  EXPECT_THAT(message_of<ParameterError>([&] { ClosedLoop(readout, letters()); }),
              HasSubstr("label 7 of the readout: must be a symbol of the source, which has 5"));
}

TEST(ClosedLoop, RefusesWhatDoesNotFit) {
  const Readout readout = random_readout(5);
  EXPECT_THROW(ClosedLoop(readout, letters(), {.start = 5, .symbols = {}}), ParameterError);
  EXPECT_THROW(ClosedLoop(readout, letters(), {.start = -2, .symbols = {}}), ParameterError);
  EXPECT_THROW(ClosedLoop(readout, letters(), {.start = {}, .symbols = {0, 1, 2, 3, 5}}), ParameterError);
  EXPECT_THROW(ClosedLoop(readout, letters(), {.start = {}, .symbols = {0, 1}}), ShapeError);
  EXPECT_THROW(ClosedLoop(Readout(), letters()), ShapeError);
  Readout wrong = readout;
  wrong.weights.pop_back();
  EXPECT_THROW(ClosedLoop(wrong, letters()), ShapeError);
  wrong = readout;
  wrong.bias[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ClosedLoop(wrong, letters()), StateError);
  wrong = readout;
  wrong.bias.pop_back();
  EXPECT_THROW(ClosedLoop(wrong, letters()), ShapeError);

  Parameters p = small_network();
  p.ne = 61;
  Network network(p, 1);
  const State before = network.state();
  ClosedLoop loop(readout, letters());
  EXPECT_THAT(message_of<ShapeError>([&] { generated(network, loop, 10); }),
              HasSubstr("a readout of 60 units: must have ne = 61"));
  EXPECT_EQ(network.state(), before);
}

}  // namespace
}  // namespace sorn::readout
