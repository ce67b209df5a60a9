#include "helpers/message_of.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Parameters small{.ne = 50, .nu = 5, .lambda_ee = 8, .lambda_ei = 20};

TEST(Network, RefusesAStateOfAnotherSize) {
  const State state = build_state(small, 1);
  Parameters other = small;
  other.ne = 60;
  EXPECT_THAT(message_of<ShapeError>([&] { Network(other, state); }), HasSubstr("ne = 60: the state has ne = 50"));
  other = small;
  other.ni = 11;
  EXPECT_THAT(message_of<ShapeError>([&] { Network(other, state); }), HasSubstr("ni = 11: the state has ni = 10"));
}

TEST(Network, RefusesBadInputsBeforeTheFirstStep) {
  Network network(small, 1);
  const State before = network.state();
  std::vector<double> u(5 * 20, 0.5);
  const auto run = [&](InputView inputs, Noise noise = Noise::off()) {
    network.run(20, {.noise = noise, .inputs = inputs});
  };
  EXPECT_THAT(message_of<ShapeError>([&] {
                run({u.data(), 4, 20, 20, 1});
              }),
              HasSubstr("inputs has shape (4, 20): must have shape (5, 20)"));
  EXPECT_THAT(message_of<ShapeError>([&] { run({u.data(), 5, 19, 20, 1}); }), HasSubstr("(5, 19)"));
  u[20 * 3 + 7] = NAN;
  EXPECT_THAT(message_of<StateError>([&] { run({u.data(), 5, 20, 20, 1}); }), HasSubstr("inputs[3][7] = nan"));
  u[20 * 3 + 7] = -INFINITY;
  EXPECT_THAT(message_of<StateError>([&] { run({u.data(), 5, 20, 20, 1}); }), HasSubstr("inputs[3][7] = -inf"));
  for (const double sigma : {-1.0, std::nan(""), 1e9}) {
    EXPECT_THAT(message_of<ParameterError>([&] { run({}, Noise::gaussian(sigma)); }), HasSubstr("noise = "));
  }
  EXPECT_THAT(message_of<ShapeError>([&] {
                run({}, Noise::replayed({u.data(), 50, 20, 1, 0}));
              }),
              HasSubstr("noise has shape (50, 20): must have shape (60, 20)"));
  EXPECT_EQ(network.state(), before) << "a failed call changed the network";
}

TEST(Network, ReadsInputsOfAnyLayout) {
  const std::size_t steps = 30;
  std::vector<double> feature_major(5 * steps);
  std::vector<double> step_major(5 * steps);
  for (std::size_t f = 0; f < 5; ++f) {
    for (std::size_t t = 0; t < steps; ++t) {
      feature_major[f * steps + t] = step_major[t * 5 + f] = std::sin(static_cast<double>(7 * f + t));
    }
  }
  Network a(small, 1);
  Network b(small, 1);
  Network c(small, 1);
  a.run(steps, {.inputs = {feature_major.data(), 5, steps, steps, 1}});
  b.run(steps, {.inputs = {step_major.data(), 5, steps, 1, 5}});
  for (std::size_t t = 0; t < steps; ++t) c.step(std::span(step_major).subspan(t * 5, 5));
  EXPECT_EQ(a.state(), b.state());
  EXPECT_EQ(a.state(), c.state());
}

TEST(Network, DoesNotRememberTheInputsOfAnEarlierRun) {
  Network driven(small, 1);
  const std::vector<double> u(5, 2.0);
  driven.step(u, {.phase = Phase::training, .noise = Noise::off()});
  Network restarted(small, driven.state());
  driven.step({}, {.noise = Noise::off()});
  restarted.step({}, {.noise = Noise::off()});
  EXPECT_EQ(driven.state(), restarted.state());
}

TEST(Network, TrainingChangesActivityOnly) {
  Network network(small, 1);
  const State before = network.state();
  network.run(100, {.phase = Phase::training});
  const State& after = network.state();
  EXPECT_EQ(after.wee, before.wee);
  EXPECT_EQ(after.wei, before.wei);
  EXPECT_EQ(after.te, before.te);
  EXPECT_EQ(after.step, 100U);
}

TEST(Network, IsTheSameWithAndWithoutObservers) {
  struct Nothing final : Observer {
    Outcome on_step(const StepView&) override { return Outcome::go_on; }
  } nothing;
  Observer* const observers[] = {&nothing};
  Network watched(small, 8);
  Network unwatched(small, 8);
  watched.run(500, {}, observers);
  unwatched.run(500);
  EXPECT_EQ(watched.state(), unwatched.state());
}

TEST(Network, StopsIfAnObserverRequestsIt) {
  struct StopAt final : Observer {
    std::uint64_t last = 0;
    Outcome on_step(const StepView& view) override {
      last = view.step;
      return view.step == 4 ? Outcome::stop : Outcome::go_on;
    }
  } stop;
  Observer* const observers[] = {&stop};
  Network network(small, 8);
  EXPECT_EQ(network.run(100, {}, observers), 5U);
  EXPECT_EQ(network.state().step, 5U);
  Network straight(small, 8);
  straight.run(5);
  EXPECT_EQ(network.state(), straight.state());
}

TEST(Network, NoiseHasTheGivenSigma) {
  // A unit without incoming synapses and with threshold T fires if ξ > T: for T = σ in 15.87% of the steps.
  Parameters p{.ne = 2, .ni = 1, .nu = 1, .lambda_ee = 1, .lambda_ei = 1};
  State state = build_state(p, 1);
  state.wee = SynapseMatrix(2, 2);
  state.wei = SynapseMatrix(1, 2);
  state.te = {0.2, 0.2};
  state.ti = {1e6};
  Network network(p, state);
  struct Rate final : Observer {
    double spikes = 0;
    Outcome on_step(const StepView& view) override {
      spikes += view.state.x[0] + view.state.x[1];
      return Outcome::go_on;
    }
  } rate;
  Observer* const observers[] = {&rate};
  network.run(50'000, {.phase = Phase::training, .noise = Noise::gaussian(0.2)}, observers);
  const double expected = 0.15865525393145707;
  EXPECT_NEAR(rate.spikes / 100'000, expected, 5 * std::sqrt(expected * (1 - expected) / 100'000));
}

TEST(Network, ReseedingChangesTheNoiseOfLaterSteps) {
  Network a(small, 1);
  Network b(small, 1);
  b.reseed(2);
  EXPECT_EQ(a.state().wee, b.state().wee);
  a.run(50);
  b.run(50);
  EXPECT_NE(a.state().te, b.state().te);
}

TEST(Network, RefusesATargetRateThatNoUnitCanReach) {
  // 2·nu/ne = 1.5: thresholds would fall for ever.
  const Parameters p{.ne = 40, .nu = 30, .lambda_ee = 8, .lambda_ei = 20};
  const Network built(p, 1);  // such a network can be built and inspected
  Network network = built;
  EXPECT_THAT(
      message_of<ParameterError>([&] { network.run(10); }),
      AllOf(HasSubstr("H_IP = 2*nu/ne = 1.5, from nu = 30 and ne = 40: must be below 1"),
            HasSubstr("give h_ip, such as 0.1, or nu below ne/2 = 20, or freeze 'ip'"), Not(HasSubstr("transposed"))));
  EXPECT_THROW(network.step(), ParameterError);
  const std::vector<double> u(30 * 40, 0.0);
  EXPECT_THAT(message_of<ParameterError>([&] {
                network.run(3, {.inputs = {u.data(), 30, 3, 1, 30}});
              }),
              HasSubstr("inputs of 30 features and 3 steps look transposed: if they are not, give h_ip, such as 0.1, "
                        "or ne above 60"));
  EXPECT_THAT(message_of<ParameterError>([&] {
                network.run(3, {.inputs = {u.data(), 30, 40, 1, 30}});
              }),
              Not(HasSubstr("transposed")));
  EXPECT_EQ(network.state(), built.state());
  EXPECT_THROW(Network({.ne = 20, .nu = 10, .lambda_ee = 5, .lambda_ei = 8}, 1).run(1), ParameterError) << "just 1";

  // The rate does not matter if no threshold follows it, and a given h_ip can be reached.
  EXPECT_EQ(network.run(2, {.freeze = {Rule::ip}}), 2U);
  EXPECT_EQ(network.run(2, {.phase = Phase::training}), 2U);
  Parameters other = p;
  other.eta_ip = 0.0;
  network.set_parameters(other);
  EXPECT_EQ(network.run(2), 2U);
  other = p;
  other.h_ip = 0.99;
  network.set_parameters(other);
  EXPECT_EQ(network.run(2), 2U);
}

TEST(Network, ReachesTheGivenTargetRate) {
  // With the formula, the target and the rate would be about 0.004.
  Parameters p{.ne = 500, .nu = 1, .mu_ip = 0.1, .h_ip = 0.12};
  Network network(p, 4);
  struct Rate final : Observer {
    double spikes = 0;
    Outcome on_step(const StepView& view) override {
      spikes += static_cast<double>(std::count(view.state.x.begin(), view.state.x.end(), 1));
      return Outcome::go_on;
    }
  } rate;
  network.run(1000);
  Observer* const observers[] = {&rate};
  network.run(2000, {}, observers);
  EXPECT_NEAR(rate.spikes / (2000.0 * 500.0), 0.12, 0.02);
}

TEST(Network, DrawsTargetRatesOncePerUnit) {
  Parameters p = small;
  p.sigma_ip = 0.05;
  Network spread(p, 1);
  const auto te = spread.state().te;
  spread.run(1, {.freeze = {Rule::stdp}, .noise = Noise::off()});
  // The threshold of a silent unit falls by eta_ip·H_IP, which shows its target.
  std::vector<double> target;
  for (std::size_t i = 0; i < p.ne; ++i) {
    if (spread.state().x[i] == 0 && te[i] > 0.1) target.push_back((te[i] - spread.state().te[i]) / p.eta_ip);
  }
  const auto [low, high] = std::minmax_element(target.begin(), target.end());
  EXPECT_GT(*low, 0.0);
  EXPECT_LT(*low, 0.17);
  EXPECT_GT(*high, 0.23);
  EXPECT_LT(*high, 1.0);
}

TEST(Network, KeepsAColumnWithoutSynapsesUnchanged) {
  State state = build_state(small, 1);
  state.wee = SynapseMatrix(50, 50);
  state.wei = SynapseMatrix(10, 50);
  Network network(small, state);
  network.run(200, {.freeze = {Rule::sp}});
  EXPECT_EQ(network.state().wee->synapse_count(), 0U);
  for (const double t : network.state().te) EXPECT_TRUE(std::isfinite(t));
}

TEST(Network, CopiesAreIndependent) {
  Network original(small, 3);
  original.run(20);
  Network copy = original;
  copy.run(30);
  original.run(30);
  EXPECT_EQ(original.state(), copy.state());
  copy.run(1);
  EXPECT_NE(original.state(), copy.state());
  original = copy;
  EXPECT_EQ(original.state(), copy.state());
}

/// A copy of a small network uses the memory of one that has gone, which may have been of another variant.
TEST(Network, CopiesInTheMemoryOfOtherNetworksAreCopies) {
  std::vector<Network> networks;
  for (const VariantName variant : {VariantName::sorn_v2, VariantName::lazar2009, VariantName::zheng2013,
                                    VariantName::hartmann2015, VariantName::rmsorn}) {
    Parameters parameters = parameters_of(variant);
    parameters.ne = 50;
    parameters.nu = 5;
    parameters.ni = 10;
    parameters.lambda_ee = 8;
    networks.emplace_back(parameters, 3);
    networks.back().run(20);
  }
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t k = 0; k < networks.size(); ++k) {
      const Network& original = networks[k];
      const State before = original.state();
      { const Network gone(networks[(k + round + 1) % networks.size()]); }
      Network copy(original);
      Network anew(original.parameters(), original.state());
      for (Network* const network : {&copy, &anew}) {
        network->run(10, {.phase = round == 1 ? Phase::training : Phase::plasticity});
        network->run(10);
      }
      EXPECT_EQ(copy.state(), anew.state()) << "variant " << k << ", round " << round;
      EXPECT_EQ(original.state(), before);
      EXPECT_NE(copy.state(), before);
    }
  }
}

TEST(Network, CopiesInThreadsRunIndependently) {
  const Network original(small, 3);
  Network first = original;
  Network second = original;
  std::thread one([&] { first.run(2000); });
  std::thread two([&] { second.run(2000); });
  one.join();
  two.join();
  EXPECT_EQ(first.state(), second.state());
  Network alone = original;
  alone.run(2000);
  EXPECT_EQ(first.state(), alone.state());
}

TEST(Network, ShufflesTheActivityOfEachPopulation) {
  State before = build_state(small, 3);
  for (std::size_t i = 0; i < small.ne; ++i) before.x[i] = i % 3 == 0 ? 1 : 0;
  for (std::size_t i = 0; i < small.ne; ++i) before.x_previous[i] = i % 5 == 0 ? 1 : 0;
  for (std::size_t k = 0; k < before.ni(); ++k) before.y[k] = k % 2 == 0 ? 1 : 0;
  for (std::size_t k = 0; k < before.ni(); ++k) before.y_previous[k] = k % 3 == 0 ? 1 : 0;
  Network network(small, before);
  network.shuffle_activity();
  const State& after = network.state();
  EXPECT_NE(after.x, before.x);
  EXPECT_NE(after.y, before.y);
  const auto pairs = [](const std::vector<std::uint8_t>& now, const std::vector<std::uint8_t>& previous) {
    std::vector<int> both(now.size());
    std::transform(now.begin(), now.end(), previous.begin(), both.begin(), [](int a, int b) { return 2 * a + b; });
    std::sort(both.begin(), both.end());
    return both;
  };
  EXPECT_EQ(pairs(after.x, after.x_previous), pairs(before.x, before.x_previous));
  EXPECT_EQ(pairs(after.y, after.y_previous), pairs(before.y, before.y_previous));
  State back = after;
  back.x = before.x;
  back.x_previous = before.x_previous;
  back.y = before.y;
  back.y_previous = before.y_previous;
  EXPECT_EQ(back, before) << "nothing else changes";
  Network from_state(network.parameters(), after);
  from_state.run(10);
  network.run(10);
  EXPECT_EQ(network.state(), from_state.state()) << "the next step reads the shuffled activity";
}

TEST(Network, ShufflesEachUnitAnywhere) {
  Parameters one = small;
  one.eta_ip = one.eta_stdp = one.eta_inhib = 0.0;
  Network network(one, 8);
  std::vector<int> landed(small.ne, 0);
  for (int k = 0; k < 2000; ++k) {
    State state = network.state();
    std::fill(state.x.begin(), state.x.end(), std::uint8_t{0});
    state.x[7] = 1;
    state.step = static_cast<std::uint64_t>(k);
    Network moved(one, state);
    moved.shuffle_activity();
    const auto& x = moved.state().x;
    const auto place = std::find(x.begin(), x.end(), 1) - x.begin();
    ++landed[static_cast<std::size_t>(place)];
  }
  for (const int count : landed) EXPECT_NEAR(count, 40, 35);
}

TEST(Network, ShufflesCopiesAndRanksAlike) {
  Network network(small, 3);
  network.run(25, {.threads = 3});
  Network copy(network);
  Network untouched(network);
  network.shuffle_activity();
  copy.shuffle_activity();
  EXPECT_EQ(copy.state(), network.state());
  EXPECT_NE(untouched.state().x, network.state().x) << "a copy has activity of its own";
  copy.run(20, {.phase = Phase::training});
  EXPECT_EQ(copy.state().te, untouched.state().te) << "a frozen copy only forgets its activity";
  network.run(1, {.threads = 2});
  Network again(untouched);
  again.shuffle_activity();
  again.run(1);
  EXPECT_EQ(again.state(), network.state());
  network.shuffle_activity();
  again.shuffle_activity();
  again.shuffle_activity();
  EXPECT_NE(again.state().x, network.state().x);
  test::on_ranks(3, [&](const std::shared_ptr<Ranks>& ranks) {
    Network share(small, 3, ranks);
    share.run(26);
    share.shuffle_activity();
    Network whole(small, 3);
    whole.run(26);
    whole.shuffle_activity();
    EXPECT_EQ(share.state().x, whole.state().x);
    EXPECT_EQ(share.state().y, whole.state().y);
    share.run(30);
    whole.run(30);
    EXPECT_EQ(share.state().x, whole.state().x);
  });
}

}  // namespace
}  // namespace sorn
