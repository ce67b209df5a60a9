// SynapseLifetimes beside a loop that compares dense matrices after each step.
#include "helpers/any_parameters.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;  // pre, post

/// Which synapses there are, whether their weight is 0 or not.
class DenseLives final : public Observer {
public:
  explicit DenseLives(const Network& network) : there_(synapses(*network.state().wee)) {}

  Outcome on_step(const StepView& view) override {
    const std::vector<Pair> now = synapses(*view.state.wee);
    for (const Pair& pair : now) {
      if (std::find(there_.begin(), there_.end(), pair) != there_.end()) continue;
      alive_[pair] = lives_.size();
      lives_.push_back({.pre = pair.first, .post = pair.second, .birth = view.step});
    }
    for (const Pair& pair : there_) {
      if (std::find(now.begin(), now.end(), pair) != now.end()) continue;
      const auto found = alive_.find(pair);
      if (found == alive_.end()) continue;
      lives_[found->second].ended = true;
      alive_.erase(found);
    }
    for (const auto& [pair, place] : alive_) lives_[place].steps = view.step + 1 - lives_[place].birth;
    there_ = now;
    return Outcome::go_on;
  }

  const std::vector<SynapseLife>& lives() const { return lives_; }

private:
  static std::vector<Pair> synapses(const SynapseMatrix& wee) {
    std::vector<Pair> all;
    for (std::uint32_t post = 0; post < wee.n_post(); ++post) {
      for (const std::uint32_t pre : wee.column(post).pre) all.emplace_back(pre, post);
    }
    return all;
  }

  std::vector<Pair> there_;
  std::map<Pair, std::size_t> alive_;
  std::vector<SynapseLife> lives_;
};

/// Small weights and strong depression, so that synapses come and go.
Parameters lively() {
  return {.ne = 30, .lambda_ee = 6, .lambda_ei = 6, .eta_stdp = 0.02, .sp_probability = 0.8, .sp_weight = 0.01};
}

TEST(SynapseLifetimes, AreThoseOfALoopOverDenseMatrices) {
  for (const std::size_t threads : {1U, 2U, 3U}) {
    Network network(lively(), 3);
    SynapseLifetimes lifetimes(network);
    DenseLives dense(network);
    // The second run divides the matrix anew, and neither may count that as a change.
    network.run(1200, {}, {&lifetimes, &dense});
    network.run(800, {.threads = threads}, {&lifetimes, &dense});
    const std::vector<SynapseLife> lives = lifetimes.lives();
    ASSERT_GT(lives.size(), 300U);
    const auto ended = std::count_if(lives.begin(), lives.end(), [](const SynapseLife& life) { return life.ended; });
    EXPECT_GT(ended, 200);
    EXPECT_LT(ended, std::ssize(lives));
    EXPECT_EQ(lives, dense.lives());
  }
}

TEST(SynapseLifetimes, BeginWithTheFirstStepAfterTheirConstruction) {
  Network network(lively(), 3);
  network.run(500);
  SynapseLifetimes lifetimes(network);
  EXPECT_TRUE(lifetimes.lives().empty());
  const auto there = network.state().wee->column(7).pre;
  std::uint32_t pre = 0;
  while (pre == 7 || std::binary_search(there.begin(), there.end(), pre)) ++pre;
  const std::vector<NewSynapse> one{{.step = 2, .pre = pre, .post = 7}};
  RunOptions options{.new_synapses = one};
  options.freeze = {Rule::stdp};
  network.run(5, options, {&lifetimes});
  ASSERT_EQ(lifetimes.lives().size(), 1U);
  EXPECT_EQ(lifetimes.lives()[0], (SynapseLife{pre, 7, 502, 3, false}));
}

TEST(SynapseLifetimes, OfSynapsesThatRestAtZeroDoNotEnd) {
  Parameters parameters = lively();
  parameters.keep_zero = Toggle::on;
  Network network(parameters, 3);
  SynapseLifetimes lifetimes(network);
  network.run(2000, {}, {&lifetimes});
  const std::vector<SynapseLife> lives = lifetimes.lives();
  EXPECT_GT(lives.size(), 10U);
  EXPECT_TRUE(network.state().wee->has_zeros());
  EXPECT_TRUE(std::none_of(lives.begin(), lives.end(), [](const SynapseLife& life) { return life.ended; }));
}

RC_GTEST_PROP(SynapseLifetimes, OfAnyVariantAreThoseOfALoop, ()) {
  Parameters parameters = test::any_parameters();
  parameters.ne = *rc::gen::inRange<std::size_t>(2, 40);
  parameters.ni = 5;
  parameters.nu = 1;
  if (parameters.ne < 3) parameters.h_ip = 0.1;
  parameters.lambda_ee = 1;
  parameters.lambda_ei = 1;
  Network network(parameters, *rc::gen::arbitrary<std::uint64_t>());
  SynapseLifetimes lifetimes(network);
  DenseLives dense(network);
  network.run(100, {.threads = *rc::gen::inRange<std::size_t>(1, 4)}, {&lifetimes, &dense});
  RC_ASSERT(lifetimes.lives() == dense.lives());
}

}  // namespace
}  // namespace sorn
