// Variants are values: for any order of stages and any recipe, the engine gives the bits of the plain network, on any
// number of threads and ranks.
#include "core/build.hpp"
#include "core/engine.hpp"
#include "core/rule.hpp"
#include "helpers/any_parameters.hpp"
#include "helpers/thread_ranks.hpp"
#include "plain/plain_network.hpp"

#include <sorn/share.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace sorn {
namespace {

constexpr Act E = Act::fire_excitatory;
constexpr Act I = Act::fire_inhibitory;
constexpr Act share = Act::share;

constexpr std::array slow{Stage(E), Stage(I), Stage(share)};
constexpr std::array inhibitory_first{Stage(I), Stage(E), Stage(share)};
constexpr std::array shared_each{Stage(I), Stage(share), Stage(E), Stage(share)};
constexpr std::array fast{Stage(E), Stage(share), Stage(I), Stage(share)};

/// A published variant, or a random one: any acts, any rules in any order, any recipe.
struct AnyVariant {
  std::vector<Stage> stages;
  Variant variant;

  AnyVariant() {
    if (*rc::gen::inRange(0, 5) == 0) {
      variant = *rc::gen::elementOf(std::vector(variant_table().begin(), variant_table().end()));
      return;
    }
    const std::vector<std::span<const Stage>> acts{slow, inhibitory_first, shared_each, fast, fast, fast};
    const auto chosen = *rc::gen::elementOf(acts);
    stages.assign(chosen.begin(), chosen.end());
    std::vector<Rule> rules(all_rules.begin(), all_rules.end());
    while (!rules.empty()) {
      const auto at = rules.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(rules));
      if (*rc::gen::inRange(0, 6) > 0) stages.emplace_back(*at);
      rules.erase(at);
    }
    variant.stages = stages;
    variant.recipe = {.highest_weight = test::any_real(0.01, 1.0),
                      .active_excitatory = test::any_real(0.0, 1.0),
                      .active_inhibitory = test::any_real(0.0, 1.0),
                      .target_rate = test::any_real(0.01, 0.9)};
    RC_ASSERT(make_a_step(variant.stages));
  }
};

/// A network, its variant, and a run with noise and input.
struct Case {
  AnyVariant any;
  Parameters parameters = test::any_parameters();
  std::uint64_t seed = *rc::gen::arbitrary<std::uint64_t>();
  std::size_t steps = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<double> drive = test::any_reals(parameters.nu * steps, -0.5, 1.5);
  RunOptions options{.freeze = test::any_freeze(),
                     .noise = Noise::gaussian(*rc::gen::element(0.0, 0.1)),
                     .inputs = {drive.data(), parameters.nu, steps, 1, static_cast<std::ptrdiff_t>(parameters.nu)}};

  Case() {
    if (any.variant.recipe.target_rate && *rc::gen::arbitrary<bool>()) parameters.h_ip.reset();
  }

  State state() const { return build_share(parameters, any.variant.recipe, seed, 1, 0); }

  State expected() const {
    plain::PlainNetwork plain(parameters, any.variant, state());
    for (std::size_t t = 0; t < steps; ++t) {
      const auto u = std::span(drive).subspan(t * parameters.nu, parameters.nu);
      plain.step(u, plain::noise(plain.state(), options.noise.sigma), options.phase, options.freeze);
    }
    return plain.state();
  }
};

RC_GTEST_PROP(AnyVariant, IsBuiltAsThePlainNetwork, ()) {
  const Case c;
  RC_ASSERT(c.state() == plain::build(c.parameters, c.any.variant.recipe, c.seed));
}

RC_GTEST_PROP(AnyVariant, RunsAsThePlainNetworkOnAnyNumberOfThreads, ()) {
  const Case c;
  const State expected = c.expected();
  Engine engine(c.parameters, c.any.variant, c.state(), nullptr);
  RunOptions options = c.options;
  options.threads = *rc::gen::inRange<std::size_t>(1, 5);
  RC_ASSERT(engine.run(c.steps, options, {}) == c.steps);
  RC_ASSERT(engine.state() == expected);
}

RC_GTEST_PROP(AnyVariant, RunsAsThePlainNetworkOnAnyNumberOfRanks, ()) {
  const Case c;
  const State expected = c.expected();
  const auto threads = *rc::gen::inRange<std::size_t>(1, 3);
  State found;
  test::on_ranks(*rc::gen::inRange<std::size_t>(1, 5), [&](const std::shared_ptr<Ranks>& ranks) {
    const auto own = ownership(c.parameters.ne, c.parameters.inhibitory_count(), ranks->size(), ranks->rank());
    State own_share = build_share(c.parameters, c.any.variant.recipe, c.seed, ranks->size(), ranks->rank());
    RC_ASSERT(own_share == share_of(c.state(), own));
    Engine engine(c.parameters, c.any.variant, std::move(own_share), ranks);
    RunOptions options = c.options;
    options.threads = threads;
    engine.run(c.steps, options, {});
    State whole = gathered(engine.state(), *ranks);
    if (ranks->rank() == 0) found = std::move(whole);
  });
  RC_ASSERT(found == expected);
}

TEST(Stages, FastInhibitionReactsInTheSameStep) {
  // The input makes one excitatory unit fire, which makes one inhibitory unit fire.
  const Parameters p{.ne = 2, .ni = 1, .nu = 1, .lambda_ee = 1, .lambda_ei = 1, .ti_max = 0.1};
  const std::array<double, 3> u{5.0, 0.0, 0.0};
  const auto first_of = [&](std::span<const Stage> stages) {
    const Variant variant{.stages = stages, .recipe = {.highest_weight = 0.1}};
    State state = build_share(p, variant.recipe, 1, 1, 0);
    state.te = {1.0, 5.0};
    Engine engine(p, variant, state, nullptr);
    struct First final : Observer {
      std::uint64_t step = ~std::uint64_t{0};
      Outcome on_step(const StepView& view) override {
        if (view.state.y[0] == 1 && step > view.step) step = view.step;
        return Outcome::go_on;
      }
    } first;
    Observer* const observers[] = {&first};
    engine.run(3, {.noise = Noise::off(), .inputs = {u.data(), 1, 3, 1, 1}}, observers);
    return first.step;
  };
  EXPECT_EQ(first_of(fast), 0U);
  EXPECT_EQ(first_of(slow), 1U);
  EXPECT_EQ(first_of(inhibitory_first), 1U);
}

TEST(Stages, FormAStepOnlyIfActivityIsSharedBeforeTheRules) {
  const auto makes = [](std::initializer_list<Stage> stages) { return make_a_step(stages); };
  EXPECT_TRUE(makes({E, I, share}));
  EXPECT_TRUE(makes({E, share, I, share, Rule::ss, Rule::stdp}));
  EXPECT_FALSE(makes({}));
  EXPECT_FALSE(makes({E, share}));
  EXPECT_FALSE(makes({E, I}));
  EXPECT_FALSE(makes({E, E, I, share}));
  EXPECT_FALSE(makes({E, share, I, Rule::stdp, share}));
  EXPECT_FALSE(makes({E, I, share, Rule::ip, Rule::ip}));
  EXPECT_FALSE(makes({Rule::ip, E, I, share}));
}

/// The page of the model, which must describe each rule and each variant.
std::string model_page() {
  std::stringstream page;
  page << std::ifstream(SORN_TEST_DOCS_DIR "/model.md").rdbuf();
  return page.str();
}

TEST(Variants, AreFoundByNameAndDescribedInTheDocs) {
  const std::string page = model_page();
  for (const Variant& row : variant_table()) {
    EXPECT_EQ(&variant(variant_named(row.name)), &row);
    EXPECT_NE(page.find("`" + std::string(row.name) + "`"), std::string::npos) << row.name;
  }
}

TEST(Rules, AreFoundByNameAndDescribedInTheDocs) {
  const std::string page = model_page();
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
    RunOptions options{.noise = Noise::gaussian(0.3)};
    for (const Rule other : all_rules) {
      if (other != rule) options.freeze.insert(other);
    }
    Network network(p, *rc::gen::arbitrary<std::uint64_t>());
    const State before = network.state();
    network.run(20, options);
    const State& after = network.state();
    RC_ASSERT(row.changes.te || after.te == before.te);
    RC_ASSERT(row.changes.wee || after.wee == before.wee);
    RC_ASSERT(row.changes.wei || after.wei == before.wei);
    RC_ASSERT(after.ti == before.ti);
    RC_ASSERT(after.wie == before.wie);
  }
}

}  // namespace
}  // namespace sorn
