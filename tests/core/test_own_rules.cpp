// Rules of users' own: they act where `order` names them, with the same bits on any number of threads and ranks; a rule
// that breaks a promise ends the run before the step.
#include "helpers/message_of.hpp"
#include "helpers/own_rules.hpp"
#include "helpers/thread_ranks.hpp"

#include <sorn/sorn.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::after;
using test::message_of;
using testing::AllOf;
using testing::HasSubstr;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The STDP of the table, as a user writes it.
class OwnStdp final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "own_stdp"; }
  Changes changes() const noexcept override { return {.wee = true}; }
  void apply(RuleView& s) const override {
    const double eta = s.parameters.eta_stdp;
    for (const std::uint32_t pre : s.active_x) {
      for (const Outgoing synapse : s.wee.from(pre)) {
        const std::size_t post = s.wee.post(synapse);
        if (s.next_x[post] == 0 || (s.x[post] != 0 && s.next_x[pre] != 0)) continue;
        s.wee.set(synapse, std::min(s.wee.weight(synapse) + eta, 1.0));
      }
    }
    for (const std::uint32_t pre : s.active_next_x) {
      for (const Outgoing synapse : s.wee.from(pre)) {
        const std::size_t post = s.wee.post(synapse);
        if (s.x[post] == 0 || (s.next_x[post] != 0 && s.x[pre] != 0)) continue;
        s.wee.set(synapse, std::max(s.wee.weight(synapse) - eta, 0.0));
      }
    }
  }
};

/// A rule that a test writes down.
class Given final : public OwnRule {
public:
  using Function = std::function<void(RuleView&)>;
  Given(Changes changes, Function apply, std::size_t most_new = 0)
      : changes_(changes), apply_(std::move(apply)), most_new_(most_new) {}
  std::string_view name() const noexcept override { return "given"; }
  Changes changes() const noexcept override { return changes_; }
  std::size_t most_new() const noexcept override { return most_new_; }
  void apply(RuleView& s) const override { apply_(s); }

private:
  Changes changes_;
  Function apply_;
  std::size_t most_new_;
};

Parameters with_order(Parameters p, std::string_view order) {
  for (const std::string_view own : {"own_stdp", "given"}) Rule::own(own);
  p.order = order_named(order);
  return p;
}

const RecordRequest spikes[] = {{Quantity::excitatory}};

Network network_with(const std::shared_ptr<const OwnRule>& rule, std::string_view order = "stdp,ip,given,sp,istdp,ss") {
  return test::network_with(test::rule_parameters, rule, order);
}

TEST(OwnRules, StdpWrittenAsOneHasTheBitsOfTheTable) {
  const State expected = after(Network(test::rule_parameters, 5), 300);
  const Parameters own = with_order(test::rule_parameters, "own_stdp,ip,sp,istdp,ss");
  const auto rule = std::make_shared<OwnStdp>();
  for (const std::size_t threads : {1U, 2U, 3U}) {
    Network network(own, 5);
    network.set_rules({rule});
    EXPECT_TRUE(after(std::move(network), 300, {.threads = threads}) == expected) << threads;
    for (const std::size_t ranks : {2U, 3U}) {
      test::on_ranks(ranks, [&](const std::shared_ptr<Ranks>& group) {
        Network share(own, 5, group);
        share.set_rules({rule});
        share.run(300, {.threads = threads});
        const State whole = gathered(share.state(), *group);
        EXPECT_TRUE(group->rank() != 0 || whole == expected) << threads << " threads, " << ranks << " ranks";
      });
    }
  }
}

TEST(OwnRules, CanRemoveAndMakeSynapsesOnAnyNumberOfThreads) {
  // Each unit loses its first synapse now and then, and gets one from a random unit.
  const auto rule = std::make_shared<Given>(
      Changes{.wee = true},
      [](RuleView& s) {
        for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
          const auto unit = static_cast<std::uint32_t>(post);
          if (s.uniform(unit) > 0.05) continue;
          if (!s.wee.pre_of(post).empty()) s.wee.set(post, 0, 0.0);
          const auto pre = static_cast<std::size_t>(s.uniform(unit, 1) * static_cast<double>(s.wee.n_pre()));
          if (pre != post) s.wee.make(pre, post, 0.02);
        }
      },
      70);
  const State one = after(network_with(rule), 500, {.threads = 1});
  EXPECT_GT(one.wee->synapse_count(), 0U);
  for (const std::size_t threads : {2U, 3U}) {
    EXPECT_TRUE(after(network_with(rule), 500, {.threads = threads}) == one) << threads;
  }
}

TEST(OwnRules, ReadSignalsAndChangeThresholds) {
  const auto rule = std::make_shared<Given>(Changes{.te = true}, [](RuleView& s) {
    EXPECT_FALSE(s.signal("other").has_value());
    for (std::size_t i = s.units.begin; i < s.units.end; ++i) s.set_te(i, *s.signal("level"));
  });
  Network network = network_with(rule, "given");
  const std::vector<double> levels{0.25, 0.5, 0.75};
  network.run(3, {.signals = {{"level", levels}}});
  EXPECT_EQ(network.state().te, std::vector<double>(70, 0.75));
}

TEST(OwnRules, DoNotActIfTheyAreFrozenOrInTraining) {
  const auto rule =
      std::make_shared<Given>(Changes{.te = true}, [](RuleView& s) { s.set_te(s.units.begin, not_a_number); });
  Network network = network_with(rule);
  network.run(20, {.phase = Phase::training});
  network.run(20, {.freeze = {Rule::own("given")}});
  EXPECT_EQ(network.state().step, 40U);
  EXPECT_EQ(rule_named("given"), Rule::own("given"));
  EXPECT_EQ(text(order_named("stdp, given")), "excitatory,inhibitory,stdp,given");
}

struct Broken {
  const char* what;
  Changes changes;
  Given::Function apply;
  const char* subject;
  const char* promise;
};

const Broken broken[] = {
    {"a weight below 0",
     {.wee = true},
     [](RuleView& s) { s.wee.set(40, 0, -0.5); },
     "= -0.5 in step 1100",
     "at least 0"},
    {"NaN", {.wei = true}, [](RuleView& s) { s.wei.set(40, 0, not_a_number); }, "sets W_EI[", "finite"},
    {"itself", {.wee = true}, [](RuleView& s) { s.wee.make(40, 40, 0.1); }, "makes W_EE[40][40] = 0.1", "onto itself"},
    {"no part", {.wee = true}, [](RuleView& s) { s.wee.make(40, 70, 0.1); }, "W_EE[40][70]", "unit of the part"},
    {"too many", {.wee = true}, [](RuleView& s) { s.wee.make(3, 40, 0.1); }, "W_EE[3][40]", "at most 0 synapses"},
    {"not said", {.te = true}, [](RuleView& s) { s.wee.set(40, 0, 0.1); }, "sets a weight of W_EE", "does not say"},
    {"T_E", {.te = true}, [](RuleView& s) { s.set_te(40, not_a_number); }, "sets T_E[40] = nan", "finite number"},
    {"T_E not said", {.wee = true}, [](RuleView& s) { s.set_te(40, 1.0); }, "sets a threshold", "does not say"},
};

TEST(OwnRules, ThatBreakAPromiseEndTheRunBeforeTheStep) {
  const std::vector<double> nothing(1200, 0.0);
  for (const Broken& one : broken) {
    // The rule of unit 40 fails in step 1100, after a landmark; until then it does nothing.
    const auto rule = std::make_shared<Given>(one.changes, [&one](RuleView& s) {
      if (s.step == 1100 && s.units.contains(40)) one.apply(s);
    });
    const State expected = after(Network(test::rule_parameters, 5), 1100);
    for (const std::size_t threads : {1U, 2U}) {
      Network network = network_with(rule);
      Recorder recorder(network, spikes, 1200);
      const auto run = [&] { network.run(1200, {.threads = threads, .signals = {{"s", nothing}}}, {&recorder}); };
      EXPECT_THAT(message_of<RuleError>(run),
                  AllOf(HasSubstr("the rule 'given'"), HasSubstr(one.subject), HasSubstr(one.promise)))
          << one.what;
      EXPECT_TRUE(network.state() == expected) << one.what << ", " << threads << " threads";
      EXPECT_EQ(recorder.take()[0].rows, 1100U);
    }
  }
}

TEST(OwnRules, ThatThrowEndTheRunBeforeTheStepAndTheNextRunGoesOn) {
  bool fail = true;
  const auto rule = std::make_shared<Given>(Changes{.wee = true}, [&](RuleView& s) {
    if (s.step == 37 && fail) throw std::domain_error("mine");
  });
  Network network = network_with(rule);
  EXPECT_THROW(network.run(100), std::domain_error);
  EXPECT_EQ(network.state().step, 37U);
  Network undone = network_with(rule);
  EXPECT_THROW(undone.run(100, {.undo = true}), std::domain_error);
  EXPECT_TRUE(undone.state() == network_with(rule).state());
  undone.run(30);
  EXPECT_THROW(undone.run(20, {.undo = true}), std::domain_error);
  EXPECT_TRUE(undone.state() == after(Network(test::rule_parameters, 5), 30));
  fail = false;
  undone.run(70);
  EXPECT_TRUE(undone.state() == after(Network(test::rule_parameters, 5), 100));
  network.run(63);
  EXPECT_TRUE(network.state() == after(Network(test::rule_parameters, 5), 100));
}

TEST(OwnRules, ThatBreakAPromiseOnOneRankEndTheRunOnAll) {
  const auto rule = std::make_shared<Given>(Changes{.wee = true}, [](RuleView& s) {
    if (s.step == 60 && s.units.contains(1)) s.wee.make(1, 1, 0.1);
  });
  const State expected = after(Network(test::rule_parameters, 5), 60);
  test::on_ranks(3, [&](const std::shared_ptr<Ranks>& group) {
    Network network(with_order(test::rule_parameters, "stdp,ip,given,sp,istdp,ss"), 5, group);
    network.set_rules({rule});
    EXPECT_THROW(network.run(100), RuleError);
    const State whole = gathered(network.state(), *group);
    EXPECT_TRUE(group->rank() != 0 || whole == expected);
  });
}

TEST(OwnRules, AreRefusedWithAReason) {
  EXPECT_THAT(message_of<ParameterError>([] { Rule::own("My Rule"); }), HasSubstr("lower-case letter"));
  EXPECT_THAT(message_of<ParameterError>([] { Rule::own("stdp"); }), HasSubstr("another stage"));
  EXPECT_THAT(message_of<UnknownNameError>([] { order_named("stdp,never_made"); }), HasSubstr("never_made"));
  Network network(test::rule_parameters, 5);
  const auto rule = std::make_shared<OwnStdp>();
  EXPECT_THROW(network.set_rules({nullptr}), ParameterError);
  EXPECT_THAT(message_of<ParameterError>([&] { network.set_rules({rule, rule}); }), HasSubstr("given twice"));
  network.set_rules({rule});
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1); }), HasSubstr("does not name the rule 'own_stdp'"));
  network.set_rules({});
  network.set_parameters(with_order(test::rule_parameters, "own_stdp"));
  EXPECT_THAT(message_of<ParameterError>([&] { network.run(1); }), HasSubstr("which the network was not given"));
  Parameters fixed = with_order(test::rule_parameters, "given");
  fixed.wei_plasticity = WeiPlasticity::fixed;
  Network still(fixed, 5);
  still.set_rules({std::make_shared<Given>(Changes{.wei = true}, [](RuleView&) {})});
  EXPECT_THAT(message_of<ParameterError>([&] { still.run(1); }), HasSubstr("changes W_EI"));
}

}  // namespace
}  // namespace sorn
