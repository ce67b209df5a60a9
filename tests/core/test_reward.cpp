// Networks with an output layer: halves of steps, rewards, and what is refused.
#include "helpers/message_of.hpp"
#include "helpers/temporary_folder.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

Parameters rewarded(VariantName variant = VariantName::rmsorn) {
  Parameters p = parameters_of(variant);
  p.ne = 60;
  p.nu = 10;
  if (p.lambda_ee > 10) p.lambda_ee = 10;
  return p;
}

std::vector<double> drive(std::size_t symbol) {
  std::vector<double> u(10, 0.0);
  for (std::size_t k = 0; k < 5; ++k) u[symbol % 2 * 5 + k] = 1.0;
  return u;
}

/// A reward that depends on the answer; none in each seventh step.
std::optional<double> reward_for(const Answer& answer) {
  if (answer.step % 7 == 6) return std::nullopt;
  return answer.action() == static_cast<std::int64_t>(answer.step % 3) ? 1.0 : -0.25;
}

TEST(Reward, HalvesOfStepsEqualARunWithAResponse) {
  for (const VariantName variant : {VariantName::rmsorn, VariantName::xing2019, VariantName::rmsorn_pypi}) {
    const Parameters p = rewarded(variant);
    Network whole(p, 3);
    Network halves(p, 3);
    std::vector<double> inputs;
    for (std::size_t t = 0; t < 200; ++t) {
      const auto u = drive(t);
      inputs.insert(inputs.end(), u.begin(), u.end());
      const auto o = halves.act(u);
      halves.learn(reward_for({t, o, p.output}));
    }
    whole.run(200, {.inputs = InputView::step_major(inputs, 10), .signals = {{"reward", reward_for}}});
    EXPECT_EQ(whole.state(), halves.state());
  }
}

TEST(Reward, OfARunIsRecordedWithActionsAndModulation) {
  Network network(rewarded(), 3);
  const RecordRequest requests[] = {{Quantity::action}, {Quantity::reward}, {Quantity::modulation}, {Quantity::output}};
  Recorder recorder(network, requests, 30, ActivityFormat::byte, 1);
  std::vector<double> rewards;
  network.run(30,
              {.signals = {{"reward",
                            [&](const Answer& answer) {
                              const auto reward = reward_for(answer);
                              rewards.push_back(reward.value_or(no_reward));
                              return reward;
                            }}}},
              {&recorder});
  const auto found = recorder.take();
  std::vector<double> past;
  for (std::size_t t = 0; t < 30; ++t) {
    const auto action = static_cast<std::size_t>(found[0].counts()[t]);
    EXPECT_EQ(found[3].spikes()[t * 4 + action], 1);
    if (t % 7 == 6) {
      EXPECT_TRUE(std::isnan(found[1].reals()[t]));
      EXPECT_EQ(found[2].reals()[t], 0.0);
      continue;
    }
    EXPECT_EQ(found[1].reals()[t], rewards[t]);
    double sum = 0.0;
    for (std::size_t k = past.size() - std::min<std::size_t>(20, past.size()); k < past.size(); ++k) sum += past[k];
    EXPECT_EQ(found[2].reals()[t], rewards[t] - sum / 20.0);
    past.push_back(rewards[t]);
  }
  past.erase(past.begin(), past.end() - 20);
  EXPECT_EQ(network.state().output.rewards, past);
}

TEST(Reward, GivesTheSameBitsOnThreadsAndRanks) {
  const RunOptions options{.signals = {{"reward", reward_for}}};
  for (const VariantName variant : {VariantName::rmsorn, VariantName::xing2019, VariantName::rmsorn_pypi}) {
    const Parameters p = rewarded(variant);
    Network alone(p, 5);
    alone.run(150, options);
    for (const std::size_t threads : {2U, 3U}) {
      Network threaded(p, 5);
      RunOptions with_threads = options;
      with_threads.threads = threads;
      threaded.run(150, with_threads);
      EXPECT_EQ(threaded.state(), alone.state()) << threads << " threads";
    }
    for (const std::size_t ranks : {2U, 3U}) {
      test::on_ranks(ranks, [&](const std::shared_ptr<Ranks>& own) {
        Network shared(p, 5, own);
        shared.run(100, options);
        for (std::size_t t = 100; t < 150; ++t) shared.learn(reward_for({t, shared.act(), p.output}));
        const State all = gathered(shared.state(), *own);
        if (own->rank() == 0) {
          EXPECT_EQ(all, alone.state()) << ranks << " ranks";
        }
      });
    }
  }
}

TEST(Reward, ANetworkIsSavedBetweenTheHalves) {
  Network network(rewarded(), 8);
  for (std::size_t t = 0; t < 40; ++t) {
    network.act(drive(t));
    network.learn(t % 2 == 0 ? 1.0 : 0.0);
  }
  network.act(drive(1));
  const test::TemporaryFolder folder;
  Result result;
  result.parameters = network.parameters();
  result.state = network.state();
  save_result(folder.path() / "between.h5", result);
  const Result loaded = load_result(folder.path() / "between.h5");
  EXPECT_EQ(loaded.state, network.state());
  Network other(loaded.parameters, loaded.state);
  EXPECT_TRUE(other.acts());
  other.learn(1.0);
  network.learn(1.0);
  EXPECT_EQ(other.state(), network.state());
  EXPECT_FALSE(network.acts());
}

TEST(Reward, ActAndLearnAlternate) {
  Network network(rewarded(), 1);
  EXPECT_THAT(message_of<StateError>([&] { network.learn(1.0); }), HasSubstr("there was no act()"));
  network.act();
  const State before = network.state();
  EXPECT_THAT(message_of<StateError>([&] { network.act(); }), HasSubstr("waits for its learn()"));
  EXPECT_THAT(message_of<StateError>([&] { network.run(5); }), HasSubstr("run(): an act() waits for its learn()"));
  EXPECT_THAT(message_of<StateError>([&] { network.step(); }), HasSubstr("waits for its learn()"));
  EXPECT_THAT(message_of<StateError>([&] { network.reset_activity(); }), HasSubstr("waits for its learn()"));
  EXPECT_THAT(message_of<StateError>([&] { network.shuffle_activity(); }), HasSubstr("waits for its learn()"));
  EXPECT_THAT(message_of<StateError>([&] { network.learn(std::nan("")); }),
              HasSubstr("signal 'reward' = nan in step 0: must be a finite number"));
  EXPECT_THAT(message_of<StateError>([&] { network.learn(std::numeric_limits<double>::infinity()); }),
              HasSubstr("'reward' = inf"));
  EXPECT_EQ(network.state(), before);
  network.learn({});
  EXPECT_EQ(network.state().step, 1U);
  EXPECT_TRUE(network.state().output.rewards.empty());
}

TEST(Reward, NeedsOutputUnits) {
  Network network(Parameters{.ne = 20, .nu = 2, .lambda_ee = 5, .lambda_ei = 5}, 1);
  EXPECT_THAT(message_of<StateError>([&] { network.act(); }), HasSubstr("no output units"));
  const RecordRequest request[] = {{Quantity::woe}};
  EXPECT_THAT(message_of<ParameterError>([&] { Recorder(network, request, 3); }), HasSubstr("no output units"));
  Parameters p = rewarded();
  p.no = 0;
  EXPECT_THAT(problems(p).front(), HasSubstr("no = 0, but the rule 'ostdp'"));
  p.no = 3;
  EXPECT_THAT(message_of<ShapeError>([&] { Network(p, Network(rewarded(), 1).state()); }), HasSubstr("no = 3"));
}

TEST(Reward, AnExceptionOfAResponseEndsTheRunBeforeTheStep) {
  for (const std::size_t threads : {1U, 2U}) {
    Network network(rewarded(), 4);
    const auto fails = [](const Answer& answer) -> std::optional<double> {
      if (answer.step == 12) throw std::runtime_error("the arm is stuck");
      return 1.0;
    };
    EXPECT_THAT(message_of<std::runtime_error>([&] {
                  network.run(50, {.threads = threads, .signals = {{"reward", fails}}});
                }),
                HasSubstr("the arm is stuck"));
    Network until(rewarded(), 4);
    until.run(12, {.signals = {{"reward", [](const Answer&) { return std::optional(1.0); }}}});
    EXPECT_EQ(network.state(), until.state());
    EXPECT_THAT(message_of<StateError>([&] {
                  network.run(2, {.signals = {{"reward", [](const Answer&) { return std::optional(std::nan("")); }}}});
                }),
                HasSubstr("'reward' = nan in step 12"));
    EXPECT_EQ(network.state(), until.state());
  }
}

TEST(Reward, WithoutPlasticityLeavesRewardsAndWeights) {
  Network network(rewarded(), 6);
  network.run(30, {.signals = {{"reward", reward_for}}});
  const State before = network.state();
  const std::vector<double> strong(300, 1.0);
  network.run(
      30, {.phase = Phase::training, .inputs = InputView::step_major(strong, 10), .signals = {{"reward", reward_for}}});
  EXPECT_EQ(network.state().output.rewards, before.output.rewards);
  EXPECT_EQ(network.state().output.woe, before.output.woe);
  EXPECT_EQ(network.state().output.to, before.output.to);
  EXPECT_NE(network.state().x, before.x);
}

TEST(Reward, StepsWithoutOneLeaveTheOutputLayer) {
  Network network(rewarded(), 6);
  network.run(30, {.signals = {{"reward", reward_for}}});
  const State before = network.state();
  const std::vector<double> strong(10, 1.0);
  for (int t = 0; t < 10; ++t) {
    network.act(strong);
    network.learn();
  }
  network.run(10, {.signals = {{"reward", [](const Answer&) { return std::optional<double>(); }}}});
  network.run(10);
  EXPECT_EQ(network.state().output.to, before.output.to);
  EXPECT_THAT(network.state().output.woe, Pointwise(DoubleNear(1e-15), before.output.woe)) << "only scaling rounds";
  EXPECT_EQ(network.state().output.rewards, before.output.rewards);
  EXPECT_NE(network.state().te, before.te) << "the reservoir's own plasticity goes on";
  network.act(strong);
  network.learn(0.0);
  EXPECT_NE(network.state().output.to, before.output.to);
}

TEST(Reward, ResetActivityMakesUnitsSilent) {
  Network network(rewarded(), 6);
  network.run(30);
  network.reset_activity();
  const State& state = network.state();
  for (const auto* activity : {&state.x, &state.y, &state.x_previous, &state.y_previous, &state.output.o}) {
    EXPECT_THAT(*activity, testing::Each(0));
  }
  Network from_state(network.parameters(), state);
  from_state.run(10);
  network.run(10);
  EXPECT_EQ(network.state(), from_state.state());
}

}  // namespace
}  // namespace sorn
