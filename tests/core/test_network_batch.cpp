// Networks that step together do what each does alone.
#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/network_batch.hpp>
#include <sorn/seeds.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::HasSubstr;

constexpr double nan_reward = std::numeric_limits<double>::quiet_NaN();
const Parameters batch_parameters{.ne = 40, .nu = 3, .lambda_ee = 8, .lambda_ei = 20};

std::vector<std::uint64_t> seeds_of(std::size_t n) {
  std::vector<std::uint64_t> seeds;
  for (std::size_t k = 0; k < n; ++k) seeds.push_back(replica_seed(7, k));
  return seeds;
}

/// Numbers from 0 to 1 that differ for each network, feature and step.
std::vector<double> drive_of(std::size_t values, std::size_t step) {
  std::vector<double> drive(values);
  for (std::size_t k = 0; k < values; ++k) drive[k] = static_cast<double>((k * 7919 + step * 104729) % 1000) / 1000;
  return drive;
}

void expect_equal_states(const Network& a, const Network& b) {
  EXPECT_EQ(a.state().x, b.state().x);
  EXPECT_EQ(a.state().te, b.state().te);
  EXPECT_EQ(a.state().step, b.state().step);
  EXPECT_TRUE(*a.state().wee == *b.state().wee);
  EXPECT_TRUE(*a.state().wei == *b.state().wei);
}

TEST(NetworkBatch, DoesWhatEachNetworkDoesAlone) {
  constexpr std::size_t n = 7;
  const std::vector<Phase> phases{Phase::plasticity, Phase::training,   Phase::plasticity, Phase::training,
                                  Phase::plasticity, Phase::plasticity, Phase::training};
  std::vector<RuleSet> freezes(n);
  freezes[2].insert(Rule::ip);
  freezes[5].insert(Rule::stdp);
  const std::vector<std::uint64_t> seeds = seeds_of(n);
  for (const std::size_t threads : std::vector<std::size_t>{0, 1, 2, 5}) {
    NetworkBatch batch(batch_parameters, seeds);
    std::vector<Network> alone;
    for (const std::uint64_t seed : seeds) alone.emplace_back(batch_parameters, seed);
    std::vector<std::uint8_t> spikes(n * 40);
    for (std::size_t t = 0; t < 50; ++t) {
      const std::vector<double> drive = drive_of(n * 3, t);
      batch.step({.inputs = drive, .phase = phases, .freeze = freezes, .threads = threads}, spikes);
      for (std::size_t k = 0; k < n; ++k) {
        const auto x = alone[k].step(std::span(drive).subspan(3 * k, 3), {.phase = phases[k], .freeze = freezes[k]});
        ASSERT_TRUE(std::equal(x.begin(), x.end(), spikes.begin() + static_cast<std::ptrdiff_t>(40 * k))) << k;
      }
    }
    for (std::size_t k = 0; k < n; ++k) expect_equal_states(batch[k], alone[k]);
  }
}

TEST(NetworkBatch, GivesEachNetworkItsReward) {
  Parameters p = batch_parameters;
  p.recurrent = RecurrentLearning::reward;
  const std::vector<std::uint64_t> seeds = seeds_of(3);
  NetworkBatch batch(p, seeds);
  std::vector<std::uint8_t> spikes(3 * 40);
  const std::vector<double> rewards{0.5, nan_reward, -2.0};
  for (int t = 0; t < 20; ++t) batch.step({.rewards = rewards}, spikes);
  for (std::size_t k = 0; k < 3; ++k) {
    Network alone(p, seeds[k]);
    const std::vector<double> values(20, rewards[k]);
    const std::vector<Signal> signals{{.name = "reward", .values = Signal::Values(values), .gaps = true}};
    alone.run(20, {.signals = signals});
    expect_equal_states(batch[k], alone);
  }
}

TEST(NetworkBatch, ActsAndLearns) {
  Parameters p = parameters_of(VariantName::rmsorn);
  p.ne = 40;
  p.no = 3;
  const std::vector<std::uint64_t> seeds = seeds_of(4);
  NetworkBatch batch(p, seeds);
  std::vector<Network> alone;
  for (const std::uint64_t seed : seeds) alone.emplace_back(p, seed);
  std::vector<std::uint8_t> outputs(4 * 3);
  for (std::size_t t = 0; t < 30; ++t) {
    const std::vector<double> drive = drive_of(4 * 10, t);
    batch.act(drive, outputs, 2);
    const std::vector<double> rewards{1.0, 0.0, nan_reward, static_cast<double>(t % 2)};
    for (std::size_t k = 0; k < 4; ++k) {
      const auto answer = alone[k].act(std::span(drive).subspan(10 * k, 10));
      ASSERT_TRUE(std::equal(answer.begin(), answer.end(), outputs.begin() + static_cast<std::ptrdiff_t>(3 * k)));
      alone[k].learn(k == 2 ? std::optional<double>{} : rewards[k]);
    }
    batch.learn(rewards, {}, 2);
  }
  for (std::size_t k = 0; k < 4; ++k) {
    expect_equal_states(batch[k], alone[k]);
    EXPECT_EQ(batch[k].state().output.woe, alone[k].state().output.woe);
  }
}

TEST(NetworkBatch, MakesTheChosenNetworksSilent) {
  NetworkBatch batch(batch_parameters, seeds_of(3));
  std::vector<std::uint8_t> spikes(3 * 40);
  const std::vector<double> drive(9, 2.0);
  batch.step({.inputs = drive}, spikes);
  const std::vector<std::uint8_t> which{0, 1, 0};
  batch.reset_activity(which);
  std::vector<std::uint8_t> after(3 * 40);
  batch.activity(after);
  for (std::size_t k = 0; k < 3 * 40; ++k) EXPECT_EQ(after[k], k / 40 == 1 ? 0 : spikes[k]);
}

TEST(NetworkBatch, StepsOnlyTheChosenNetworks) {
  NetworkBatch batch(batch_parameters, seeds_of(3));
  std::vector<std::uint8_t> spikes(3 * 40);
  const std::vector<std::uint8_t> which{1, 0, 1};
  for (int t = 0; t < 5; ++t) batch.step({.which = which}, spikes);
  EXPECT_EQ(batch[0].state().step, 5U);
  EXPECT_EQ(batch[1].state().step, 0U);
  EXPECT_TRUE(std::equal(batch[1].state().x.begin(), batch[1].state().x.end(), spikes.begin() + 40));
}

TEST(NetworkBatch, RefusesBadStepsAndChangesNothing) {
  NetworkBatch batch(batch_parameters, seeds_of(2));
  std::vector<std::uint8_t> spikes(2 * 40);
  std::vector<double> drive(6, 0.5);
  const auto message = [&](const BatchStep& step) { return message_of<Error>([&] { batch.step(step, spikes); }); };
  EXPECT_THAT(message({.inputs = std::span(drive).first(5)}), HasSubstr("inputs has 5 values: must have 6"));
  const std::vector<Phase> phases(3, Phase::training);
  EXPECT_THAT(message({.phase = phases}), HasSubstr("phase has 3 entries"));
  const std::vector<double> rewards{1.0, 2.0, 3.0};
  EXPECT_THAT(message({.rewards = rewards}), HasSubstr("rewards has 3 entries"));
  EXPECT_THAT(message({.noise_sigma = -1.0}), HasSubstr("noise = -1"));
  drive[4] = std::numeric_limits<double>::infinity();  // of the second network
  EXPECT_THAT(message({.inputs = drive}), HasSubstr("inf"));
  EXPECT_EQ(batch[0].state().step, 0U);
  std::vector<std::uint8_t> small(3);
  EXPECT_THROW(batch.step({}, small), ShapeError);
  EXPECT_THROW(batch.act({}, small), StateError);
  EXPECT_THROW(batch.learn(std::vector<double>{1.0}), StateError);
  EXPECT_THROW(batch.reset_activity(std::vector<std::uint8_t>(3)), ShapeError);
}

TEST(NetworkBatch, HoldsNetworksOfOneSize) {
  EXPECT_THROW(NetworkBatch(std::vector<Network>{}), ShapeError);
  Parameters other = batch_parameters;
  other.ne = 50;
  EXPECT_THROW(NetworkBatch({Network(batch_parameters, 1), Network(other, 1)}), ShapeError);
  NetworkBatch batch({Network(batch_parameters, 1), Network(batch_parameters, 2)});
  EXPECT_THROW(batch.replace(0, Network(other, 1)), ShapeError);
  batch.replace(0, Network(batch_parameters, 3));
  EXPECT_EQ(batch[0].state().seed, 3U);
}

}  // namespace
}  // namespace sorn
