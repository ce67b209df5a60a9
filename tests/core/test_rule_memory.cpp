// Memory of rules of users' own: part of the state, with the same bits on any number of threads and ranks.
#include "helpers/message_of.hpp"
#include "helpers/own_rules.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::after;
using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::size_t steps = 240;

/// A reward now and then, in the steps from `first` on.
std::vector<double> reward(std::size_t first = 0) {
  std::vector<double> values(steps - first);
  for (std::size_t t = 0; t < values.size(); ++t) values[t] = (first + t) % 10 == 9 ? 1.0 : 0.0;
  return values;
}

Network rewarded_network() {
  return test::network_with(test::rule_parameters, std::make_shared<test::Rewarded>(), "stdp,ip,rewarded,sp,istdp,ss");
}

const RuleMemory& memory_of(const State& state) { return state.rule_memory.at(0); }

TEST(RuleMemory, HasTheSameBitsOnAnyNumberOfThreadsAndRanks) {
  const std::vector<double> rewards = reward();
  const State expected = after(rewarded_network(), steps, {.threads = 1, .signals = {{"reward", rewards}}});
  ASSERT_EQ(expected.rule_memory.size(), 1U);
  EXPECT_EQ(memory_of(expected).name, "rewarded");
  EXPECT_EQ(memory_of(expected).width, 71U);
  EXPECT_EQ(memory_of(expected).values->size(), 70U * 71U);
  EXPECT_FALSE(*expected.wee == *after(Network(test::rule_parameters, 5), steps).wee);
  for (const std::size_t threads : {1U, 2U, 3U}) {
    const RunOptions options{.threads = threads, .signals = {{"reward", rewards}}};
    EXPECT_TRUE(after(rewarded_network(), steps, options) == expected) << threads;
    for (const std::size_t ranks : {2U, 3U}) {
      test::on_ranks(ranks, [&](const std::shared_ptr<Ranks>& group) {
        Network share(rewarded_network().parameters(), 5, group);
        share.set_rules({std::make_shared<test::Rewarded>()});
        share.run(steps, options);
        EXPECT_EQ(memory_of(share.state()).values->size(), share.state().wee->posts().size() * 71);
        const State whole = gathered(share.state(), *group);
        EXPECT_TRUE(group->rank() != 0 || whole == expected) << threads << " threads, " << ranks << " ranks";
      });
    }
  }
}

TEST(RuleMemory, GoesOnInCopiesAndOnRanksThatShareAState) {
  const std::vector<double> rewards = reward();
  const std::vector<double> later = reward(100);
  const State expected = after(rewarded_network(), steps, {.signals = {{"reward", rewards}}});
  const State half = after(rewarded_network(), 100, {.signals = {{"reward", rewards}}});
  const State kept = half;
  Network again(rewarded_network().parameters(), half);
  again.set_rules(rewarded_network().rules());
  EXPECT_TRUE(after(std::move(again), steps - 100, {.signals = {{"reward", later}}}) == expected);
  EXPECT_TRUE(half == kept);
  test::on_ranks(3, [&](const std::shared_ptr<Ranks>& group) {
    Network share(rewarded_network().parameters(), half, group);
    share.set_rules({std::make_shared<test::Rewarded>()});
    share.run(steps - 100, {.signals = {{"reward", later}}});
    const State whole = gathered(share.state(), *group);
    EXPECT_TRUE(group->rank() != 0 || whole == expected);
  });
}

TEST(RuleMemory, BeginsWithAFunctionOfSeedAndUnit) {
  Network network = rewarded_network();
  EXPECT_TRUE(network.state().rule_memory.empty());
  network.begin_memory();
  const std::vector<double> begun = *memory_of(network.state()).values;
  for (std::size_t unit = 0; unit < 70; ++unit) {
    EXPECT_GT(begun[unit * 71 + 70], 0.0);
    EXPECT_LT(begun[unit * 71 + 70], 1.0);
    EXPECT_NE(begun[unit * 71 + 70], begun[(unit + 1) % 70 * 71 + 70]);
    EXPECT_EQ(begun[unit * 71 + 3], 0.0);
  }
  // What it has already stays, and another seed begins with other numbers.
  network.reseed(6);
  network.begin_memory();
  EXPECT_EQ(*memory_of(network.state()).values, begun);
  Network other = rewarded_network();
  other.reseed(6);
  other.begin_memory();
  EXPECT_NE(*memory_of(other.state()).values, begun);
}

/// A rule that counts steps in its memory, and breaks a promise of one unit in step 1100.
class Counts final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "counts"; }
  Changes changes() const noexcept override { return {.te = true}; }
  std::size_t memory_width(const Parameters& /*p*/) const override { return 2; }
  void apply(RuleView& s) const override {
    for (std::size_t unit = s.units.begin; unit < s.units.end; ++unit) {
      s.memory_of(unit)[1] += 1.0 + static_cast<double>(unit);
      if (s.step == 1100 && unit == 40) s.set_te(unit + 1000, 0.0);
    }
  }
};

TEST(RuleMemory, StandsBeforeTheStepThatBreaksAPromise) {
  const auto counting = [] {
    return test::network_with(test::rule_parameters, std::make_shared<Counts>(), "stdp,counts,ss");
  };
  const State expected = after(counting(), 1100);
  EXPECT_EQ((*memory_of(expected).values)[2 * 3 + 1], 1100.0 * 4.0);
  EXPECT_EQ((*memory_of(expected).values)[2 * 3], 0.0);
  for (const std::size_t threads : {1U, 2U}) {
    Network network = counting();
    EXPECT_THROW(network.run(1200, {.threads = threads}), RuleError);
    EXPECT_TRUE(network.state() == expected) << threads;
  }
}

TEST(RuleMemory, StaysInAStateWithoutTheRule) {
  const std::vector<double> rewards = reward();
  Network network = rewarded_network();
  network.run(50, {.signals = {{"reward", rewards}}});
  const RuleMemory before = memory_of(network.state());
  network.set_rules({});
  network.run(50, {.freeze = {Rule::own("rewarded")}});
  EXPECT_TRUE(memory_of(network.state()) == before);
}

TEST(RuleMemory, OfAWrongShapeIsRefused) {
  Network network = rewarded_network();
  network.begin_memory();
  State state = network.state();
  const auto refusal = [&](auto&& change) {
    State wrong = network.state();
    change(wrong);
    return message_of<ShapeError>([&] { validate(wrong); });
  };
  EXPECT_THAT(refusal([](State& s) { s.rule_memory[0].width = 70; }),
              AllOf(HasSubstr("the memory of the rule 'rewarded' has 4970 values, 70 for each unit"), HasSubstr("70")));
  EXPECT_THAT(refusal([](State& s) { s.rule_memory[0].width = 0; }), HasSubstr("'rewarded'"));
  EXPECT_THAT(refusal([](State& s) { s.rule_memory[0].values.mutate().pop_back(); }), HasSubstr("4969"));
  state.rule_memory.push_back(state.rule_memory[0]);
  EXPECT_THAT(message_of<StateError>([&] { validate(state); }), HasSubstr("must ascend"));
  state.rule_memory.pop_back();
  state.rule_memory[0].name = "Rewarded";
  EXPECT_THAT(message_of<StateError>([&] { validate(state); }), HasSubstr("lower-case"));

  state = network.state();
  state.rule_memory[0] = {"rewarded", 1, std::vector<double>(70)};
  Network narrow(network.parameters(), state);
  EXPECT_THAT(message_of<StateError>([&] { narrow.set_rules(network.rules()); }),
              AllOf(HasSubstr("has 1 numbers for each unit from a rule 'rewarded'"), HasSubstr("keeps 71")));
}

TEST(OwnRules, ARunWithoutASignalThatARuleNeedsIsRefused) {
  const std::vector<double> rewards = reward();
  Network network = rewarded_network();
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1); }),
              AllOf(HasSubstr("the rule 'rewarded' needs the signal 'reward'"), HasSubstr("the run has no signals")));
  EXPECT_THAT(message_of<ParameterError>([&] {
                network.run(1, {.signals = {{"reward_x", rewards}}});
              }),
              AllOf(HasSubstr("the run has the signals reward_x"), HasSubstr("did you mean 'reward_x'?")));
  EXPECT_EQ(network.state().step, 0U);
  network.run(1, {.freeze = {Rule::own("rewarded")}});
  network.run(1, {.phase = Phase::training});
}

}  // namespace
}  // namespace sorn
