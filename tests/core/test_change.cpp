// Changes of a network: what a twin differs by, what is drawn, and what is refused.
#include "helpers/any_parameters.hpp"
#include "helpers/message_of.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/change.hpp>
#include <sorn/error.hpp>
#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <utility>

namespace sorn {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

const Parameters thirty_units{.ne = 30, .nu = 3, .lambda_ee = 6, .lambda_ei = 8};

Network aged(std::uint64_t seed = 3) {
  Network network(thirty_units, seed);
  network.run(80);
  return network;
}

double weight_of(const State& state, std::uint32_t pre, std::uint32_t post) {
  const auto column = state.wee->column(post);
  const auto at = std::lower_bound(column.pre.begin(), column.pre.end(), pre);
  if (at == column.pre.end() || *at != pre) return 0.0;
  return column.weight[static_cast<std::size_t>(at - column.pre.begin())];
}

/// A pair of units with a synapse.
ChosenPair some_synapse(const State& state) {
  std::uint32_t post = 0;
  while (state.wee->column(post).pre.empty()) ++post;
  return {state.wee->column(post).pre[0], post};
}

/// A pair of units without a synapse.
ChosenPair some_gap(const State& state) {
  for (std::uint32_t pre = 1; pre < state.ne(); ++pre) {
    if (weight_of(state, pre, 0) == 0.0) return {pre, 0};
  }
  return {};
}

TEST(Twin, EqualsItsNetworkWithoutAChange) {
  Network network = aged();
  Network same = twin(network, std::span<const Change>()).network;
  EXPECT_EQ(same.state(), network.state());
  for (int k = 0; k < 5; ++k) {
    network.run(60);
    same.run(60);
    EXPECT_EQ(same.state(), network.state());
  }
}

TEST(Twin, DiffersByOneSpike) {
  const Network network = aged();
  State expected = network.state();
  expected.x[7] ^= 1U;
  const Twin found = twin(network, {changes::Spike{7}});
  EXPECT_EQ(found.network.state(), expected);
  EXPECT_EQ(found.place, (ChangedPlace{7, -1}));
}

TEST(Twin, DiffersByOneSynapse) {
  const Network network = aged();
  const State& state = network.state();
  const ChosenPair old = some_synapse(state);
  const ChosenPair gap = some_gap(state);
  const std::size_t count = state.wee->synapse_count();

  const State weaker = twin(network, {changes::Synapse{old, 0.0625}}).network.state();
  EXPECT_EQ(weight_of(weaker, old.pre, old.post), 0.0625);
  EXPECT_EQ(statistics::weight_distance(*weaker.wee, *state.wee),
            std::abs(weight_of(state, old.pre, old.post) - 0.0625));
  EXPECT_EQ(statistics::differing_synapses(*weaker.wee, *state.wee), 0);

  const State without = twin(network, {changes::Synapse{old}}).network.state();
  EXPECT_EQ(without.wee->synapse_count(), count - 1);
  EXPECT_EQ(statistics::differing_synapses(*without.wee, *state.wee), 1);
  EXPECT_EQ(statistics::weight_distance(*state.wee, *without.wee), weight_of(state, old.pre, old.post));

  const State more = twin(network, {changes::Synapse{gap, 0.25, true}}).network.state();
  EXPECT_EQ(more.wee->synapse_count(), count + 1);
  EXPECT_EQ(weight_of(more, gap.pre, gap.post), 0.25);
}

TEST(Twin, DiffersByOneThreshold) {
  const Network network = aged();
  State expected = network.state();
  expected.te[4] += -0.25;
  EXPECT_EQ(twin(network, {changes::Threshold{4, -0.25}}).network.state(), expected);
}

TEST(Twin, FreezesARuleAsARunDoes) {
  for (const Rule rule : {Rule::stdp, Rule::ip, Rule::ss, Rule::sp, Rule::istdp}) {
    Network network = aged();
    Network frozen = twin(network, {changes::Freeze{{rule}}}).network;
    network.run(60, {.freeze = {rule}});
    frozen.run(60);
    EXPECT_EQ(frozen.state(), network.state()) << name(rule);
  }
  // A rule that also acts while others do not, and one with a second rate.
  for (const auto& [variant, rule] : {std::pair{"rmsorn_pypi", Rule::ip}, {"rmsorn", Rule::ssee}}) {
    Parameters p;
    set_parameter(p, "variant", std::string(variant));
    p.ne = 40;
    if (!p.order.contains(rule)) continue;
    p.always_ip = p.order.contains(Rule::ip) ? Toggle::on : Toggle::off;
    Network network(p, 2);
    Network frozen = twin(network, {changes::Freeze{{rule}}}).network;
    for (const Phase phase : {Phase::plasticity, Phase::training}) {
      network.run(30, {.phase = phase, .freeze = {rule}});
      frozen.run(30, {.phase = phase});
      EXPECT_EQ(frozen.state(), network.state()) << variant;
    }
  }
}

TEST(Twin, HasOtherHyperparameters) {
  Network network = aged();
  Network twin_of_it = twin(network, {changes::Set{{{"eta_stdp", 0.5}, {"noise_sigma", 0.0}}}}).network;
  EXPECT_EQ(twin_of_it.parameters().eta_stdp, 0.5);
  Parameters other = thirty_units;
  other.eta_stdp = 0.5;
  other.noise_sigma = 0.0;
  network.set_parameters(other);
  network.run(40);
  twin_of_it.run(40);
  EXPECT_EQ(twin_of_it.state(), network.state());
}

TEST(Twin, LosesUnits) {
  const Network network = aged();
  const Twin found = twin(network, {changes::Lesion{{3, 11}}});
  EXPECT_THAT(found.removed, ElementsAre(3, 11));
  const State& after = found.network.state();
  const State& before = network.state();
  for (std::uint32_t post = 0; post < 30; ++post) {
    for (std::uint32_t pre = 0; pre < 30; ++pre) {
      const bool cut = pre == 3 || pre == 11 || post == 3 || post == 11;
      EXPECT_EQ(weight_of(after, pre, post), cut ? 0.0 : weight_of(before, pre, post));
    }
    const std::size_t inhibitory = before.wei->column(post).pre.size();
    EXPECT_EQ(after.wei->column(post).pre.size(), post == 3 || post == 11 ? 0 : inhibitory);
  }
  EXPECT_EQ(after.wie->synapse_count(), before.wie->synapse_count() - 2 * before.ni());  // W_IE is dense
  EXPECT_EQ(after.te, before.te);
}

TEST(Twin, MakesSeveralChangesInTheirOrder) {
  const Network network = aged();
  const ChosenPair gap = some_gap(network.state());
  const State found = twin(network, {changes::Synapse{gap, 0.5, true}, changes::Synapse{gap, 0.125}, changes::Spike{1}})
                          .network.state();
  EXPECT_EQ(weight_of(found, gap.pre, gap.post), 0.125);
  EXPECT_NE(found.x[1], network.state().x[1]);
}

TEST(Twin, DrawsPlacesByAddress) {
  const Network network = aged();
  std::set<std::int64_t> units;
  std::set<std::pair<std::int64_t, std::int64_t>> synapses;
  std::set<std::pair<std::int64_t, std::int64_t>> gaps;
  for (std::uint64_t pair = 0; pair < 400; ++pair) {
    const TwinDraw draw{9, pair};
    const Twin one = twin(network, {changes::Spike{}}, draw);
    EXPECT_EQ(one.place, twin(network, {changes::Threshold{{}, 0.5}}, draw).place);  // the same numbers
    units.insert(one.place.unit);
    const ChangedPlace old = twin(network, {changes::Synapse{}}, draw).place;
    EXPECT_GT(weight_of(network.state(), static_cast<std::uint32_t>(old.unit), static_cast<std::uint32_t>(old.post)),
              0);
    synapses.emplace(old.unit, old.post);
    const ChangedPlace gap = twin(network, {changes::Synapse{{}, 0.5, true}}, draw).place;
    EXPECT_NE(gap.unit, gap.post);
    EXPECT_EQ(weight_of(network.state(), static_cast<std::uint32_t>(gap.unit), static_cast<std::uint32_t>(gap.post)),
              0);
    gaps.emplace(gap.unit, gap.post);
  }
  EXPECT_EQ(units.size(), 30U);  // all of them, of 400 draws
  EXPECT_GT(synapses.size(), 100U);
  EXPECT_GT(gaps.size(), 250U);
  const Twin lesion = twin(network, {changes::Lesion{{5}, 4}}, {9, 1});
  EXPECT_EQ(lesion.removed.size(), 5U);
  EXPECT_TRUE(std::binary_search(lesion.removed.begin(), lesion.removed.end(), 5U));
}

TEST(Twin, RefusesWhatANetworkCannotHave) {
  const Network network = aged();
  const ChosenPair old = some_synapse(network.state());
  const ChosenPair gap = some_gap(network.state());
  const auto refusal = [&](const Change& change) {
    return message_of<ParameterError>([&] { twin(network, {change}); });
  };
  EXPECT_THAT(refusal(changes::Spike{30}), HasSubstr("unit = 30: must be an excitatory unit, below ne = 30"));
  EXPECT_THAT(refusal(changes::Threshold{31, 0.5}), HasSubstr("unit = 31"));
  EXPECT_THAT(refusal(changes::Synapse{ChosenPair{30, 1}}), HasSubstr("pre = 30"));
  EXPECT_THAT(refusal(changes::Synapse{ChosenPair{1, 40}}), HasSubstr("post = 40"));
  EXPECT_THAT(refusal(changes::Synapse{ChosenPair{4, 4}, 0.5, true}), HasSubstr("no synapse onto itself"));
  EXPECT_THAT(refusal(changes::Synapse{gap}), HasSubstr("does not exist in W_EE"));
  EXPECT_THAT(refusal(changes::Synapse{old, 0.5, true}), HasSubstr("exists already in W_EE"));
  EXPECT_THAT(refusal(changes::Synapse{gap, 0.0, true}), HasSubstr("must be above 0"));
  EXPECT_THAT(refusal(changes::Freeze{{Rule::ostdp}}), HasSubstr("freeze = 'ostdp'"));
  EXPECT_THAT(refusal(changes::Set{{{"eta_stdp", 2.0}}}), HasSubstr("eta_stdp = 2"));
  EXPECT_THAT(refusal(changes::Lesion{}), HasSubstr("a lesion of 0 units"));
  EXPECT_THAT(refusal(changes::Lesion{{1}, 30}), HasSubstr("a lesion of 31 units"));
  EXPECT_THAT(refusal(changes::Lesion{{1, 1}}), HasSubstr("must come once"));
  EXPECT_THROW(twin(network, {changes::Set{{{"eta_sdtp", 0.1}}}}), UnknownNameError);
  EXPECT_THROW(twin(network, {changes::Set{{{"ne", std::int64_t{40}}}}}), ShapeError);
  EXPECT_THROW(twin(network, {changes::Synapse{old, -1.0}}), StateError);
  EXPECT_THROW(twin(network, {changes::Threshold{1, std::numeric_limits<double>::quiet_NaN()}}), StateError);

  const Network without = twin(network, {changes::Lesion{{}, 30}}).network;
  EXPECT_THROW(twin(without, {changes::Synapse{}}), StateError);
  Parameters full = thirty_units;
  full.network_type_ee = Connectivity::dense;
  EXPECT_THROW(twin(Network(full, 1), {changes::Synapse{{}, 0.5, true}}), StateError);
  Parameters agent = thirty_units;
  agent.no = 2;
  Network acting(agent, 1);
  acting.act();
  EXPECT_THAT(message_of<StateError>([&] { twin(acting, {changes::Spike{1}}); }), HasSubstr("act()"));
}

TEST(Twin, RefusesANetworkOverRanks) {
  test::on_ranks(2, [](const std::shared_ptr<Ranks>& ranks) {
    const Network network(thirty_units, 1, ranks);
    EXPECT_THAT(message_of<ParameterError>([&] { twin(network, {changes::Spike{1}}); }), HasSubstr("over ranks"));
  });
}

/// A twin of any network without a change stays equal to it.
RC_GTEST_PROP(TwinProperty, WithoutAChangeStaysEqual, ()) {
  Parameters p = test::any_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  network.run(20);
  Network same = twin(network, {changes::Threshold{0, 0.0}}).network;
  network.run(20);
  same.run(20);
  RC_ASSERT(same.state() == network.state());
}

}  // namespace
}  // namespace sorn
