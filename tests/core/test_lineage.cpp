// The lineage of synapses beside the whole matrix of each step.
#include "helpers/any_parameters.hpp"
#include "helpers/own_rules.hpp"
#include "helpers/small_parameters.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn {
namespace {

/// The synapses after each step, from the whole matrix.
class Topologies final : public Observer {
public:
  Outcome on_step(const StepView& view) override {
    Topology& found = all.emplace_back();
    const SynapseMatrix& wee = *view.state.wee;
    found.n_pre = wee.n_pre();
    for (std::size_t post = 0; post < wee.n_post(); ++post) {
      const auto pre = wee.column(post).pre;
      found.pre.insert(found.pre.end(), pre.begin(), pre.end());
      found.start.push_back(found.pre.size());
    }
    return Outcome::go_on;
  }

  std::vector<Topology> all;
};

/// Removes synapses and makes others, among them such as it has just removed.
class Churning final : public OwnRule {
public:
  std::string_view name() const noexcept override { return "churning"; }
  Changes changes() const noexcept override { return {.wee = true}; }
  std::size_t most_new() const noexcept override { return 8; }
  void apply(RuleView& s) const override {
    std::size_t made = 0;
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto pre = s.wee.pre_of(post);
      if (pre.size() > 1 && s.uniform(static_cast<std::uint32_t>(post), 0) < 0.2) {
        s.wee.set(post, s.step % pre.size(), 0.0);
      }
      const auto other =
          static_cast<std::size_t>(s.uniform(static_cast<std::uint32_t>(post), 1) * static_cast<double>(s.wee.n_pre()));
      if (other != post && made < most_new() && s.uniform(static_cast<std::uint32_t>(post), 2) < 0.1) {
        s.wee.make(other, post, 0.01);
        ++made;
      }
    }
  }
};

/// What differs between two steps must be its events, in their order and without others.
void require_events(const Lineage& lineage, const std::vector<Topology>& after) {
  auto event = lineage.events.begin();
  const Topology* before = &lineage.start;
  for (std::uint64_t step = lineage.begin; step < lineage.end; ++step) {
    const Topology& now = after[step - lineage.begin];
    for (std::uint32_t post = 0; post < now.n_post(); ++post) {
      for (std::uint32_t pre = 0; pre < now.n_pre; ++pre) {
        const auto has = [&](const Topology& one) {
          return std::binary_search(one.pre.begin() + static_cast<std::ptrdiff_t>(one.start[post]),
                                    one.pre.begin() + static_cast<std::ptrdiff_t>(one.start[post + 1]), pre);
        };
        if (has(now) == has(*before)) continue;
        RC_ASSERT(event != lineage.events.end());
        RC_ASSERT(*event == (SynapseEvent{step, pre, post, has(now)}));
        ++event;
      }
    }
    before = &now;
  }
  RC_ASSERT(event == lineage.events.end());
}

RC_GTEST_PROP(LineageProperty, OfAnyVariantIsThatOfWholeMatrices, ()) {
  Parameters parameters = test::any_parameters();
  parameters.ne = *rc::gen::inRange<std::size_t>(3, 25);
  parameters.ni = 5;
  parameters.nu = 1;
  parameters.lambda_ee = 2;
  parameters.lambda_ei = 1;
  const bool own = *rc::gen::arbitrary<bool>();
  if (own) {
    Rule::own("churning");
    std::string order = text(parameters.order);
    parameters.order = order_named(order + (order.empty() ? "churning" : ",churning"));
  }
  Network network(parameters, *rc::gen::arbitrary<std::uint64_t>());
  if (own) network.set_rules({std::make_shared<const Churning>()});
  network.run(*rc::gen::inRange<std::size_t>(0, 30));
  const std::uint64_t start = network.state().step;
  const std::uint64_t steps = 60;
  const auto from = *rc::gen::inRange<std::uint64_t>(0, steps);
  const std::vector<RecordRequest> requests{{.quantity = Quantity::synapses, .begin = start + from}};
  Recorder recorder(network, requests, steps);
  Topologies topologies;
  RuleSet freeze = test::any_freeze();
  if (*rc::gen::arbitrary<bool>()) freeze = {};
  network.run(steps, {.freeze = freeze, .threads = *rc::gen::inRange<std::size_t>(1, 4)}, {&recorder, &topologies});

  const Lineage lineage = recorder.recordings()[0].lineage();
  RC_ASSERT(lineage.begin == start + from);
  RC_ASSERT(lineage.end == start + steps);
  topologies.all.erase(topologies.all.begin(), topologies.all.begin() + static_cast<std::ptrdiff_t>(from));
  require_events(lineage, topologies.all);
  const std::vector<std::uint64_t> counts = lineage.synapse_counts();
  for (std::uint64_t step = lineage.begin; step < lineage.end; ++step) {
    RC_ASSERT(lineage.topology(step) == topologies.all[step - lineage.begin]);
    RC_ASSERT(counts[step - lineage.begin] == topologies.all[step - lineage.begin].synapse_count());
  }
  RC_ASSERT(lineage.topology(lineage.end - 1) == Topology::of(*network.state().wee));
}

Lineage two_units() {
  return {.begin = 10,
          .end = 20,
          .start = {2, {0, 0, 1}, {0}},
          .events = {{11, 1, 0, true}, {13, 1, 0, false}, {13, 0, 1, false}, {17, 0, 1, true}}};
}

TEST(Lineage, KnowsLivesCountsAndTurnover) {
  const Lineage lineage = two_units();
  EXPECT_EQ(lineage.topology(10), lineage.start);
  EXPECT_EQ(lineage.topology(12), (Topology{2, {0, 1, 2}, {1, 0}}));
  EXPECT_EQ(lineage.topology(13), (Topology{2, {0, 0, 0}, {}}));
  EXPECT_EQ(lineage.synapse_counts(), (std::vector<std::uint64_t>{1, 2, 2, 0, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(lineage.lives(), (std::vector<SynapseLife>{{1, 0, 11, 2, true}, {0, 1, 17, 3, false}}));
  const Turnover turnover = lineage.turnover(4);
  EXPECT_EQ(turnover.first_step, (std::vector<std::uint64_t>{10, 14}));
  EXPECT_EQ(turnover.births, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_EQ(turnover.deaths, (std::vector<std::uint64_t>{2, 0}));
  EXPECT_EQ(turnover.synapses, (std::vector<double>{1.5, 0.0}));
}

TEST(Lineage, RefusesStepsThatWereNotRecordedAndEventsThatCannotBe) {
  Lineage lineage = two_units();
  for (const std::uint64_t step : {0U, 9U, 20U}) EXPECT_THROW((void)lineage.topology(step), ParameterError);
  for (const std::uint64_t window : {0U, 11U}) EXPECT_THROW((void)lineage.turnover(window), ParameterError);
  for (const SynapseEvent& wrong : {SynapseEvent{18, 0, 1, true}, SynapseEvent{18, 1, 0, false},
                                    SynapseEvent{18, 2, 0, true}, SynapseEvent{18, 0, 2, true}}) {
    lineage = two_units();
    lineage.events.push_back(wrong);
    EXPECT_NO_THROW((void)lineage.topology(17));
    EXPECT_THROW((void)lineage.topology(19), StateError);
  }
}

TEST(StepView, HasNoEventsUnlessAnObserverSeesThem) {
  struct Counting final : Observer {
    Outcome on_step(const StepView& view) override {
      events += view.synapses.size();
      return Outcome::go_on;
    }
    std::size_t events = 0;
  };
  Network network(test::small_parameters, 3);
  Counting counting;
  network.run(300, {}, {&counting});
  EXPECT_EQ(counting.events, 0U);
  SynapseLifetimes lifetimes(network);
  network.run(300, {}, {&counting, &lifetimes});
  EXPECT_GT(counting.events, 0U);
  const std::size_t before = std::exchange(counting.events, 0);
  network.run(300, {}, {&counting});
  EXPECT_EQ(counting.events, 0U) << before;
}

}  // namespace
}  // namespace sorn
