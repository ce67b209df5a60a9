// The rules of examples/cpp/rules do what their papers say, and have the bits of the golden files, which the rules of
// examples/python/rules have, too (tests/python/test_literature_rules.py).
#include "helpers/own_rules.hpp"

#include <sorn/io.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rules/additive_stdp.hpp>
#include <rules/distance.hpp>
#include <rules/multiplicative_stdp.hpp>
#include <rules/oja.hpp>
#include <rules/three_factor.hpp>
#include <rules/vogels.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using testing::Each;
using testing::Ge;
using testing::Le;

const Parameters literature_parameters{.ne = 100, .nu = 10, .mu_ip = 0.1};

const RunOptions noisy{.noise = {0.3}};  // units fire nearly at random

/// The weights of all synapses of W_EE.
std::vector<double> weights(const State& state) {
  const auto columns = state.wee->compressed(state.wee->posts());
  return columns.weight;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The state with another weight for each synapse of W_EE.
State with_weights(State state, double weight) {
  CompressedColumns columns = state.wee->compressed(state.wee->posts());
  std::fill(columns.weight.begin(), columns.weight.end(), weight);
  state.wee = SynapseMatrix::from_columns(columns, state.ne(), state.ne(), Plasticity::plastic, "Wee", Zeros::kept);
  return state;
}

/// Units in a square of side 1, row by row.
Distance::Positions grid(std::size_t units) {
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(units))));
  const double step = 1.0 / static_cast<double>(side);
  Distance::Positions positions;
  for (std::size_t i = 0; i < units; ++i) {
    positions.push_back({step * static_cast<double>(i % side), step * static_cast<double>(i / side)});
  }
  return positions;
}

/// A network with this rule.
Network network_with(const std::shared_ptr<const OwnRule>& rule, std::string_view order) {
  return test::network_with(literature_parameters, rule, order);
}

/// The excitatory spikes of the next steps, [step][unit].
std::vector<std::vector<std::uint8_t>> spikes_of(Network& network, std::size_t steps, const RunOptions& options = {}) {
  std::vector<std::vector<std::uint8_t>> spikes;
  RunOptions one = options;
  for (std::size_t t = 0; t < steps; ++t) {
    network.run(1, one);
    spikes.push_back(network.state().x);
  }
  return spikes;
}

TEST(LiteratureRules, AdditiveStdpDrivesWeightsToTheirBounds) {
  const auto rule = std::make_shared<AdditiveStdp>();
  const std::vector<double> w = weights(test::after(network_with(rule, "additive_stdp,ip"), 3000, noisy));
  EXPECT_THAT(w, Each(testing::AllOf(Ge(rule->low), Le(rule->high))));
  const double margin = 0.1 * (rule->high - rule->low);
  const auto share_of = [&](auto&& predicate) {
    return static_cast<double>(std::count_if(w.begin(), w.end(), predicate)) / static_cast<double>(w.size());
  };
  const double at_low = share_of([&](double weight) { return weight < rule->low + margin; });
  const double at_high = share_of([&](double weight) { return weight > rule->high - margin; });
  EXPECT_GT(at_low, 0.2);
  EXPECT_GT(at_high, 0.2);
  EXPECT_GT(at_low + at_high, 0.7);
}

TEST(LiteratureRules, MultiplicativeStdpGathersWeightsAtTheFixedPoint) {
  const auto rule = std::make_shared<MultiplicativeStdp>();
  const Network made = network_with(rule, "multiplicative_stdp,ip");
  for (const double start : {0.01, 0.19}) {
    Network network(made.parameters(), with_weights(made.state(), start));
    network.set_rules({rule});
    network.run(2000, noisy);
    const std::vector<std::vector<std::uint8_t>> spikes = spikes_of(network, 2000, noisy);
    double up = 0.0;
    double down = 0.0;
    for (std::size_t post = 0; post < literature_parameters.ne; ++post) {
      for (const std::uint32_t pre : network.state().wee->column(post).pre) {
        for (std::size_t t = 0; t + 1 < spikes.size(); ++t) {
          up += spikes[t][pre] * spikes[t + 1][post];
          down += spikes[t + 1][pre] * spikes[t][post];
        }
      }
    }
    const double fixed_point = rule->high * up / (up + rule->alpha * down);
    const std::vector<double> w = weights(network.state());
    EXPECT_NEAR(mean(w), fixed_point, 0.05 * fixed_point) << start;
    const auto at_bounds = std::count_if(
        w.begin(), w.end(), [&](double weight) { return weight < 0.1 * rule->high || weight > 0.9 * rule->high; });
    EXPECT_LT(static_cast<double>(at_bounds), 0.05 * static_cast<double>(w.size())) << start;
  }
}

TEST(LiteratureRules, OjasRuleBringsTheSumOfSquaresToOne) {
  const State state = test::after(network_with(std::make_shared<Oja>(), "oja,ip"), 4000);
  for (std::size_t post = 0; post < state.ne(); ++post) {
    double squares = 0.0;
    for (const double weight : state.wee->column(post).weight) squares += weight * weight;
    EXPECT_NEAR(squares, 1.0, 0.15) << post;
  }
}

TEST(LiteratureRules, ARewardThatComesLaterStrengthensThePairThatItFollows) {
  constexpr std::size_t period = 50;
  constexpr std::size_t steps = 10 * period;
  Parameters p{.ne = 20, .nu = 4, .lambda_ee = 4, .lambda_ei = 4};
  Rule::own("three_factor");
  p.order = order_named("three_factor");
  State state = build_state(p, 5);
  std::vector<double> dense(p.ne * p.ne, 0.0);
  dense[0 * p.ne + 1] = dense[2 * p.ne + 3] = 0.1;  // W_EE[0][1] and W_EE[2][3]
  state.wee = SynapseMatrix::from_dense(dense, p.ne, p.ne, Plasticity::plastic);
  std::fill(state.te.begin(), state.te.end(), 1.0);
  std::fill(state.x.begin(), state.x.end(), 0);
  Network network(p, std::move(state));
  network.set_rules({std::make_shared<ThreeFactor>()});

  // Unit 0 fires before 1, and a reward follows; unit 2 fires before 3, and none does.
  std::vector<double> drive(4 * steps, 0.0);
  std::vector<double> reward(steps, 0.0);
  for (std::size_t t = 0; t < steps; t += period) {
    for (const auto& [step, unit] : {std::pair{5U, 0U}, {6U, 1U}, {30U, 2U}, {31U, 3U}})
      drive[4 * (t + step) + unit] = 10.0;
    reward[t + 10] = 1.0;
  }
  network.run(steps, {.noise = {0.0}, .inputs = InputView::step_major(drive, 4), .signals = {{"reward", reward}}});
  const double rewarded = network.state().wee->column(1).weight[0] - 0.1;
  const double other = network.state().wee->column(3).weight[0] - 0.1;
  EXPECT_NEAR(rewarded, 10 * 0.05 * std::pow(0.9, 4), 0.02);
  EXPECT_LT(other, 0.1 * rewarded);
}

TEST(LiteratureRules, InhibitionBringsUnitsToTheTargetRate) {
  // Low thresholds and much noise: without inhibition all units fire often.
  const auto rule = std::make_shared<Vogels>();
  const Parameters p{.ne = 100, .nu = 10, .te_max = 0.2, .ti_max = 0.4};
  Network network = test::network_with(p, rule, "vogels");
  const RunOptions options{.noise = {0.2}};
  const auto units_at_target = [&] {
    std::vector<double> rate(p.ne, 0.0);
    for (const auto& step : spikes_of(network, 2000, options)) {
      for (std::size_t i = 0; i < rate.size(); ++i) rate[i] += step[i] / 2000.0;
    }
    return std::count_if(rate.begin(), rate.end(), [&](double r) { return std::abs(r - rule->rate) < 0.02; });
  };
  RunOptions frozen = options;
  frozen.freeze = {Rule::own("vogels")};
  Network without = network;
  std::vector<double> before(p.ne, 0.0);
  for (const auto& step : spikes_of(without, 500, frozen)) {
    for (std::size_t i = 0; i < p.ne; ++i) before[i] += step[i] / 500.0;
  }
  EXPECT_LT(std::count_if(before.begin(), before.end(), [](double r) { return std::abs(r - 0.1) < 0.02; }), 50);
  network.run(2000, options);
  EXPECT_GE(units_at_target(), 95);
}

TEST(LiteratureRules, NewSynapsesJoinNearUnits) {
  const Distance::Positions positions = grid(literature_parameters.ne);
  const Network made = network_with(std::make_shared<Distance>(positions), "distance");
  const State before = made.state();
  const State after = test::after(made, 500);
  const auto length = [&](std::size_t a, std::size_t b) {
    return std::hypot(positions[a][0] - positions[b][0], positions[a][1] - positions[b][1]);
  };
  std::vector<double> lengths;
  std::vector<double> all;
  for (std::size_t post = 0; post < literature_parameters.ne; ++post) {
    const auto had = before.wee->column(post).pre;
    for (const std::uint32_t pre : after.wee->column(post).pre) {
      if (!std::binary_search(had.begin(), had.end(), pre)) lengths.push_back(length(pre, post));
    }
    for (std::size_t pre = 0; pre < literature_parameters.ne; ++pre) {
      if (pre != post) all.push_back(length(pre, post));
    }
  }
  EXPECT_GT(lengths.size(), 200U);
  EXPECT_LT(mean(lengths), 0.6 * mean(all));
}

std::string formatted_order(std::string_view rule) { return std::string(rule) + ",ip,istdp"; }

/// A short run with a rule, as in the golden files.
State short_run(const std::shared_ptr<const OwnRule>& rule) {
  Parameters p{.ne = 36, .nu = 4, .lambda_ee = 8, .lambda_ei = 9, .mu_ip = 0.1};
  Network network = test::network_with(p, rule, formatted_order(rule->name()));
  std::vector<double> reward(60, 0.0);
  for (std::size_t t = 4; t < reward.size(); t += 5) reward[t] = 1.0;
  network.run(60, {.signals = {{"reward", reward}}});
  return network.state();
}

TEST(LiteratureRules, HaveTheBitsOfTheGoldenFiles) {
  const std::shared_ptr<const OwnRule> rules[] = {
      std::make_shared<AdditiveStdp>(), std::make_shared<MultiplicativeStdp>(),
      std::make_shared<Oja>(),          std::make_shared<ThreeFactor>(),
      std::make_shared<Vogels>(),       std::make_shared<Distance>(grid(36))};
  for (const auto& rule : rules) {
    const std::filesystem::path file =
        std::filesystem::path(SORN_TEST_GOLDEN_DIR) / "rules" / (std::string(rule->name()) + ".h5");
    const State state = short_run(rule);
    if (std::getenv("SORN_REGENERATE") != nullptr) {
      Parameters p{.ne = 36, .nu = 4, .lambda_ee = 8, .lambda_ei = 9, .mu_ip = 0.1};
      p.order = order_named(formatted_order(rule->name()));
      save_result(file, {.parameters = p, .state = state, .recordings = {}, .run = {}, .program_version = {}},
                  Existing::replace);
    }
    EXPECT_TRUE(load_result(file).state == state) << rule->name();
  }
}

}  // namespace
}  // namespace sorn
