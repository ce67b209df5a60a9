// Variants are values: for any switches, the engine gives the bits of the plain network, on any number of threads and
// ranks.
#include "core/rule.hpp"
#include "helpers/any_parameters.hpp"
#include "helpers/thread_ranks.hpp"
#include "plain/plain_network.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>
#include <sorn/variant.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

namespace sorn {
namespace {

/// A network of a published variant or of any switches, and a run with noise and input.
struct Case {
  Parameters parameters = test::any_parameters();
  std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  std::size_t steps = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<double> drive;
  RunOptions options{.phase = *rc::gen::element(Phase::plasticity, Phase::plasticity, Phase::training),
                     .freeze = test::any_freeze(),
                     .noise = Noise::drawn(*rc::gen::element(0.0, 0.1))};

  Case() {
    if (*rc::gen::inRange(0, 3) == 0) take_published_variant();
    drive = test::any_reals(parameters.nu * steps, -0.5, 1.5);
    options.inputs = InputView::step_major(drive, parameters.nu);
  }

  void take_published_variant() {
    const Variant row = *rc::gen::elementOf(std::vector(variant_table().begin(), variant_table().end()));
    const auto [ne, ni, nu] = std::tuple(parameters.ne, parameters.ni, parameters.nu);
    parameters = parameters_of(row.id);
    parameters.ne = ne;
    parameters.ni = ni;
    parameters.nu = nu;
    if (parameters.lambda_unit == LambdaUnit::synapses) {
      parameters.lambda_ee = std::min(parameters.lambda_ee, static_cast<double>(ne - 1));
      parameters.lambda_ei = std::min(parameters.lambda_ei, static_cast<double>(ne));
    }
    if (parameters.target_rate() >= 1.0) parameters.h_ip = 0.1;
    parameters.sp_probability = std::max(parameters.sp_probability, *rc::gen::element(0.0, 0.8));
  }

  State state() const { return build_state(parameters, seed); }

  State expected() const {
    plain::PlainNetwork plain(parameters, state());
    for (std::size_t t = 0; t < steps; ++t) {
      const auto u = std::span(drive).subspan(t * parameters.nu, parameters.nu);
      const auto noise = plain::noise(plain.state(), parameters.noise_kind, *options.noise.sigma);
      plain.step(u, noise, {.phase = options.phase, .freeze = options.freeze});
    }
    return plain.state();
  }
};

RC_GTEST_PROP(AnyVariant, IsBuiltAsThePlainNetwork, ()) {
  const Case c;
  RC_ASSERT(c.state() == plain::build(c.parameters, c.seed));
}

RC_GTEST_PROP(AnyVariant, RunsAsThePlainNetworkOnAnyNumberOfThreads, ()) {
  const Case c;
  const State expected = c.expected();
  Network network(c.parameters, c.state());
  RunOptions options = c.options;
  options.threads = *rc::gen::inRange<std::size_t>(1, 5);
  RC_ASSERT(network.run(c.steps, options) == c.steps);
  RC_ASSERT(network.state() == expected);
}

RC_GTEST_PROP(AnyVariant, RunsAsThePlainNetworkOnAnyNumberOfRanks, ()) {
  const Case c;
  const State expected = c.expected();
  const auto threads = *rc::gen::inRange<std::size_t>(1, 3);
  State found;
  test::on_ranks(*rc::gen::inRange<std::size_t>(1, 5), [&](const std::shared_ptr<Ranks>& ranks) {
    const auto own = ownership(c.parameters.ne, c.parameters.inhibitory_count(), ranks->size(), ranks->rank());
    RC_ASSERT(build_share(c.parameters, c.seed, ranks->size(), ranks->rank()) == share_of(c.state(), own));
    Network network(c.parameters, c.seed, ranks);
    RunOptions options = c.options;
    options.threads = threads;
    network.run(c.steps, options);
    State whole = gathered(network.state(), *ranks);
    if (ranks->rank() == 0) found = std::move(whole);
  });
  RC_ASSERT(found == expected);
}

/// Given choices of structural plasticity are made in their steps, on any number of threads and ranks.
RC_GTEST_PROP(AnyVariant, MakesTheGivenSynapses, ()) {
  Case c;
  std::vector<NewSynapse> given;
  for (std::size_t t = 0; t < c.steps; ++t) {
    for (auto left = *rc::gen::inRange(0, 4); left > 0; --left) {
      const auto pre = *rc::gen::inRange<std::size_t>(0, c.parameters.ne);
      const auto post = *rc::gen::inRange<std::size_t>(0, c.parameters.ne);
      if (pre != post) given.push_back({t, static_cast<std::uint32_t>(pre), static_cast<std::uint32_t>(post)});
    }
  }
  plain::PlainNetwork plain(c.parameters, c.state());
  for (std::size_t t = 0; t < c.steps; ++t) {
    std::vector<ChosenPair> now;
    for (const NewSynapse& synapse : given) {
      if (synapse.step == t) now.push_back({synapse.pre, synapse.post});
    }
    const auto u = std::span(c.drive).subspan(t * c.parameters.nu, c.parameters.nu);
    plain.step(u, {}, {.phase = c.options.phase, .freeze = c.options.freeze, .new_pairs = now});
  }
  State found;
  test::on_ranks(*rc::gen::inRange<std::size_t>(1, 4), [&](const std::shared_ptr<Ranks>& ranks) {
    Network network(c.parameters, c.seed, ranks);
    RunOptions options = c.options;
    options.noise = Noise::off();
    options.new_synapses = given;
    options.threads = 2;
    network.run(c.steps, options);
    State whole = gathered(network.state(), *ranks);
    if (ranks->rank() == 0) found = std::move(whole);
  });
  RC_ASSERT(found == plain.state());
}

TEST(Inhibition, ReactsInTheSameStepIfItIsFast) {
  // The input makes one excitatory unit fire, which makes one inhibitory unit fire.
  Parameters p{.ne = 2, .ni = 1, .nu = 1, .lambda_ee = 1, .lambda_ei = 1, .ti_max = 0.1};
  const std::array<double, 3> u{5.0, 0.0, 0.0};
  const auto first_step = [&](Inhibition inhibition, Order order) {
    p.inhibition = inhibition;
    p.order = order;
    State state = build_state(p, 1);
    state.te = {1.0, 5.0};
    Network network(p, state);
    struct First final : Observer {
      std::uint64_t step = ~std::uint64_t{0};
      Outcome on_step(const StepView& view) override {
        if (view.state.y[0] == 1 && step > view.step) step = view.step;
        return Outcome::go_on;
      }
    } first;
    network.run(3, {.noise = Noise::off(), .inputs = {u.data(), 1, 3, 1, 1}}, {&first});
    return first.step;
  };
  EXPECT_EQ(first_step(Inhibition::fast, Order{}), 0U);
  EXPECT_EQ(first_step(Inhibition::slow, Order{}), 1U);
  EXPECT_EQ(first_step(Inhibition::slow, Order{Act::fire_inhibitory, Act::fire_excitatory}), 1U);
}

TEST(Orders, HaveBothPopulationsBeforeTheRulesAndNoRuleTwice) {
  EXPECT_EQ(text(Order()), "excitatory,inhibitory");
  EXPECT_EQ(text(Order{Rule::ip, Rule::ss}), "excitatory,inhibitory,ip,ssee,ssei");
  EXPECT_EQ(order_named(" inhibitory, excitatory ,sp"), (Order{Act::fire_inhibitory, Act::fire_excitatory, Rule::sp}));
  EXPECT_EQ(order_named(text(Parameters().order)), Parameters().order);
  for (const char* wrong : {"excitatory", "ip,excitatory,inhibitory", "excitatory,excitatory", "ip,ip", "ss,ssee",
                            "excitatory,inhibitory,excitatory"}) {
    EXPECT_THROW(order_named(wrong), ParameterError) << wrong;
  }
  EXPECT_THROW(order_named("stdp,istpd"), UnknownNameError);
}

TEST(Freeze, OfScalingFreezesBothItsRules) {
  EXPECT_TRUE(freezes({Rule::ss}, Rule::ssee));
  EXPECT_TRUE(freezes({Rule::ss}, Rule::ssei));
  EXPECT_FALSE(freezes({Rule::ssee}, Rule::ssei));
  EXPECT_FALSE(freezes({}, Rule::ssee));
}

/// A page of the documentation.
std::string page_named(const std::string& name) {
  std::stringstream page;
  page << std::ifstream(SORN_TEST_DOCS_DIR "/" + name).rdbuf();
  return page.str();
}

TEST(Variants, AreFoundByNameAndDescribedInTheDocs) {
  const std::string page = page_named("variants.md");
  for (const Variant& row : variant_table()) {
    EXPECT_EQ(&variant(variant_named(row.name())), &row);
    EXPECT_NE(page.find("`" + std::string(row.name()) + "`"), std::string::npos) << row.name();
    EXPECT_TRUE(problems(parameters_of(row.id)).empty()) << row.name();
  }
}

TEST(Rules, AreFoundByNameAndDescribedInTheDocs) {
  const std::string page = page_named("model.md");
  for (const RuleInfo& row : rule_table()) {
    EXPECT_EQ(name(rule_named(row.name)), row.name);
    EXPECT_NE(page.find("`" + std::string(row.name) + "`"), std::string::npos) << row.name;
  }
}

/// A run in which only one rule acts changes what its row says, and nothing else.
RC_GTEST_PROP(Rules, ChangeWhatTheirRowsSay, ()) {
  const Parameters p = test::any_parameters();
  for (const Rule rule : all_rules) {
    const RuleInfo& row = info(rule);
    if (row.is_group()) continue;
    RunOptions options{.noise = Noise::drawn(0.3)};
    for (const Rule other : all_rules) {
      if (other != rule && !info(other).is_group()) options.freeze.insert(other);
    }
    Network network(p, *rc::gen::arbitrary<std::uint64_t>());
    const State before = network.state();
    network.run(20, options);
    const State& after = network.state();
    RC_ASSERT(row.changes.te || after.te == before.te);
    RC_ASSERT(row.changes.wee || after.wee == before.wee);
    RC_ASSERT(row.changes.wei || after.wei == before.wei);
    const bool changes_outputs = row.changes.outputs;
    RC_ASSERT(changes_outputs || (after.output.woe == before.output.woe && after.output.to == before.output.to));
    RC_ASSERT(after.ti == before.ti);
    RC_ASSERT(after.wie == before.wie);
  }
}

}  // namespace
}  // namespace sorn
