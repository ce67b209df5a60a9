// Pairs of twins: each equals two single runs step by step, on any number of threads and however the pairs are divided.
#include "helpers/any_parameters.hpp"
#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/sorn.hpp>
#include <sorn/twins.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sorn {
namespace {

using test::message_of;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

const Parameters seventy_units{.ne = 70, .nu = 5, .lambda_ee = 8, .lambda_ei = 12};  // two words of bits

Network aged_network(std::uint64_t seed = 3) {
  Network network(seventy_units, seed);
  network.run(60);
  return network;
}

std::int32_t differing(const State& a, const State& b, const std::vector<std::uint32_t>& left_out) {
  std::int32_t count = 0;
  for (std::uint32_t unit = 0; unit < a.x.size(); ++unit) {
    const bool counts = std::find(left_out.begin(), left_out.end(), unit) == left_out.end();
    if (counts && a.x[unit] != b.x[unit]) ++count;
  }
  return count;
}

std::vector<double> distances_of(const State& a, const State& b, const std::vector<std::uint32_t>& left_out) {
  std::vector<double> found;
  for (const twins::StateDistance& row : twins::state_distances()) found.push_back(row.of(a, b, left_out));
  return found;
}

/// The same as twins::divergence(), one step of one pair after the other.
twins::Divergence plainly(const twins::Plan& plan) {
  const std::size_t ne = plan.networks[0].state().ne();
  twins::Divergence all{.neurons = ne, .steps = plan.steps, .stride = plan.stride, .state_stride = plan.state_stride};
  all.pairs.resize(plan.pairs);
  all.activity.resize(plan.pairs * all.rows());
  all.states.assign(twins::state_distances().size(), std::vector<double>(plan.pairs * all.state_rows()));
  all.sums.resize(plan.steps + 1);
  std::vector<std::int64_t> count(ne + 1);
  std::vector<std::int64_t> next(ne + 1);
  for (std::size_t n = 0; n < plan.networks.size(); ++n) {
    Network start = plan.networks[n];
    const std::uint64_t begin = n * plan.pairs / plan.networks.size();
    for (std::uint64_t k = begin; k < (n + 1) * plan.pairs / plan.networks.size(); ++k) {
      const std::uint64_t offset = (k - begin) * plan.skip;
      if (k > begin) start.run(plan.skip, plan.options);
      Network one = start;
      Twin other = twin(one, plan.changes, {plan.seed, k});
      twins::Pair& pair = all.pairs[k];
      pair.network = n;
      pair.start = one.state().step;
      pair.place = other.place;
      std::int32_t before = 0;
      for (std::uint64_t t = 0; t <= plan.steps; ++t) {
        if (t > 0) {
          RunOptions options = plan.options;
          if (options.inputs.data != nullptr) {
            const auto skipped = static_cast<std::ptrdiff_t>(offset + t - 1);
            options.inputs.data += skipped * options.inputs.step_stride;
            options.inputs.steps -= offset + t - 1;
          }
          one.run(1, options);
          other.network.run(1, options);
        }
        const std::int32_t d = differing(one.state(), other.network.state(), other.removed);
        if (t > 0) {
          ++count[static_cast<std::size_t>(before)];
          next[static_cast<std::size_t>(before)] += d;
        }
        before = d;
        all.sums[t] += d;
        if (t % plan.stride == 0) all.activity[k * all.rows() + t / plan.stride] = d;
        pair.largest = std::max<std::int64_t>(pair.largest, d);
        if (d > 0 && pair.parted < 0) pair.parted = static_cast<std::int64_t>(t);
        if (d > 0) pair.met = -1;
        if (d == 0 && pair.parted >= 0 && pair.met < 0) pair.met = static_cast<std::int64_t>(t);
        if (t % plan.state_stride != 0) continue;
        const auto found = distances_of(one.state(), other.network.state(), other.removed);
        for (std::size_t row = 0; row < found.size(); ++row) {
          all.states[row][k * all.state_rows() + t / plan.state_stride] = found[row];
        }
        const bool equal = one.state() == other.network.state() && one.parameters() == other.network.parameters();
        if (equal && pair.merged < 0) pair.merged = static_cast<std::int64_t>(t);
      }
    }
  }
  double products = 0.0;
  double squares = 0.0;
  for (std::size_t d = 0; d <= ne; ++d) {
    if (count[d] == 0) continue;
    const auto share = static_cast<double>(d);
    all.map.distance.push_back(share / static_cast<double>(ne));
    all.map.next_distance.push_back(static_cast<double>(next[d]) / static_cast<double>(count[d]) /
                                    static_cast<double>(ne));
    all.map.samples.push_back(count[d]);
    products += share * static_cast<double>(next[d]);
    squares += share * share * static_cast<double>(count[d]);
  }
  if (squares > 0.0) all.map.slope = products / squares;
  return all;
}

TEST(Twins, EqualTwoSingleRunsOnAnyNumberOfThreads) {
  twins::Plan plan{.networks = {aged_network(1), aged_network(2)},
                   .changes = {changes::Spike{}},
                   .pairs = 9,
                   .steps = 40,
                   .skip = 7,
                   .seed = 5,
                   .stride = 3,
                   .state_stride = 8};
  const twins::Divergence expected = plainly(plan);
  EXPECT_GT(*std::max_element(expected.activity.begin(), expected.activity.end()), 1);
  for (const std::size_t threads : {1U, 2U, 5U}) {
    plan.threads = threads;
    EXPECT_EQ(twins::divergence(plan), expected) << threads;
  }
}

TEST(Twins, EqualSingleRunsForEachKindOfChange) {
  const std::vector<std::vector<Change>> all{
      {changes::Synapse{}},
      {changes::Synapse{{}, 0.5, true}},
      {changes::Threshold{{}, 0.25}},
      {changes::Freeze{{Rule::stdp}}},
      {changes::Set{{{"eta_ip", 0.02}}}},
      {changes::Lesion{{65}, 3}, changes::Freeze{{Rule::sp}}},
      {},
  };
  for (const auto& changes : all) {
    const twins::Plan plan{.networks = {aged_network()},
                           .changes = changes,
                           .pairs = 5,
                           .steps = 30,
                           .skip = 11,
                           .seed = 2,
                           .state_stride = 10,
                           .threads = 2};
    EXPECT_EQ(twins::divergence(plan), plainly(plan)) << changes.size();
  }
}

TEST(Twins, SeeTheSameInput) {
  std::vector<double> values(5U * (4 * 6 + 25));
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = k % 7 == 0 ? 0.5 : 0.0;
  twins::Plan plan{.networks = {aged_network()},
                   .changes = {changes::Spike{}},
                   .pairs = 5,
                   .steps = 25,
                   .skip = 6,
                   .state_stride = 5,
                   .threads = 3};
  plan.options.inputs = InputView::step_major(values, 5);
  // In plainly() the network runs from start to start without the shift of its input.
  std::vector<twins::Divergence> single;
  Network start = aged_network();
  const twins::Divergence found = twins::divergence(plan);
  for (std::uint64_t k = 0; k < 5; ++k) {
    twins::Plan one = plan;
    one.networks = {start};
    one.pairs = 1;
    one.changes = {changes::Spike{static_cast<std::uint32_t>(found.pairs[k].place.unit)}};
    one.options.inputs.data += 30 * k;
    one.options.inputs.steps -= 6 * k;
    const twins::Divergence expected = plainly(one);
    EXPECT_TRUE(std::equal(expected.activity.begin(), expected.activity.end(),
                           found.activity.begin() + static_cast<std::ptrdiff_t>(26 * k)));
    start.run(6, one.options);
  }

  plan.options.inputs = {};
  plan.options.source = source_spec("counting:n=2,pool_size=5");
  EXPECT_EQ(twins::divergence(plan), plainly(plan));
}

TEST(Twins, ShareAStateOrLieFarApart) {
  for (const std::uint64_t skip : {0U, 1U, 50U}) {  // all from one state, most at a time, one at a time
    const twins::Plan plan{.networks = {aged_network()},
                           .changes = {changes::Spike{}},
                           .pairs = 20,
                           .steps = 15,
                           .skip = skip,
                           .state_stride = 4,
                           .threads = 2};
    EXPECT_EQ(twins::divergence(plan), plainly(plan)) << skip;
  }
}

TEST(Twins, RunInPartsIfTheyAreLong) {
  // States are compared in each step, so that only some steps of the reference fit into memory at a time.
  const twins::Plan plan{.networks = {aged_network()},
                         .changes = {changes::Spike{}},
                         .pairs = 12,
                         .steps = 150,
                         .skip = 10,
                         .state_stride = 1,
                         .threads = 1};
  EXPECT_EQ(twins::divergence(plan), plainly(plan));
}

TEST(Twins, MeetAgainIfNothingRemembersTheChange) {
  // Without plasticity, noise and synapses a spike is forgotten at once.
  Parameters p = seventy_units;
  p.noise_sigma = 0.0;
  const Network alone = twin(Network(p, 1), {changes::Lesion{{}, 70}}).network;
  twins::Plan plan{.networks = {alone},
                   .changes = {changes::Spike{5}},
                   .pairs = 3,
                   .steps = 12,
                   .skip = 2,
                   .state_stride = 3,
                   .threads = 1};
  plan.options.phase = Phase::training;
  const twins::Divergence found = twins::divergence(plan);
  for (const twins::Pair& pair : found.pairs) {
    EXPECT_EQ(pair.parted, 0);
    EXPECT_EQ(pair.met, 1);
    EXPECT_EQ(pair.merged, 3);  // the first row in which the states are equal, also x of the step before
    EXPECT_EQ(pair.largest, 1);
  }
  EXPECT_THAT(found.sums, ElementsAre(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(found.map.samples, ElementsAre(33, 3));
  EXPECT_EQ(found.map.slope, 0.0);
}

TEST(Twins, WithoutAChangeNeverPart) {
  const twins::Plan plan{.networks = {aged_network()}, .pairs = 4, .steps = 50};
  const twins::Divergence found = twins::divergence(plan);
  EXPECT_EQ(found, plainly(plan));
  EXPECT_THAT(found.activity, Each(0));
  for (const twins::Pair& pair : found.pairs) EXPECT_EQ(pair.merged, 0);
  EXPECT_FALSE(found.map.slope);
}

TEST(Twins, ReportTheirProgress) {
  const twins::Plan plan{
      .networks = {aged_network()}, .changes = {changes::Spike{1}}, .pairs = 3, .steps = 20, .skip = 5};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> calls;
  twins::divergence(plan, [&](std::uint64_t done, std::uint64_t total) { calls.emplace_back(done, total); });
  EXPECT_EQ(calls.front().first, 0U);
  EXPECT_EQ(calls.back().first, calls.back().second);
  EXPECT_THROW(twins::divergence(plan, [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); }),
               std::runtime_error);
}

TEST(Twins, NameThePairThatFails) {
  // A synapse that does not live for ever.
  Parameters p = seventy_units;
  p.sp_probability = 0.0;
  p.eta_stdp = 1.0;
  Network network(p, 4);
  twins::Plan plan{.networks = {network}, .pairs = 60, .steps = 5, .skip = 30, .threads = 2};
  std::uint32_t post = 0;
  const auto dies = [&] {
    Network later = network;
    later.run(1500);
    const auto now = network.state().wee->column(post).pre;
    const auto then = later.state().wee->column(post).pre;
    const auto gone = std::find_if(
        now.begin(), now.end(), [&](std::uint32_t pre) { return !std::binary_search(then.begin(), then.end(), pre); });
    return gone == now.end() ? ~std::uint32_t{0} : *gone;
  };
  std::uint32_t pre = dies();
  while (pre == ~std::uint32_t{0}) {
    ++post;
    pre = dies();
  }
  plan.changes = {changes::Synapse{ChosenPair{pre, post}, 0.5}};
  EXPECT_THAT(message_of<ParameterError>([&] { twins::divergence(plan); }),
              testing::AllOf(HasSubstr("pair "), HasSubstr("does not exist in W_EE")));
}

TEST(Twins, RefuseAPlanThatContradictsItself) {
  const twins::Plan plan{.networks = {aged_network()}, .changes = {changes::Spike{1}}, .pairs = 3, .steps = 20};
  const auto refusal = [&](auto change) {
    twins::Plan wrong = plan;
    change(wrong);
    return message_of<ParameterError>([&] { twins::divergence(wrong); });
  };
  EXPECT_THAT(refusal([](twins::Plan& p) { p.networks.clear(); }), HasSubstr("no network"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.pairs = 0; }), HasSubstr("pairs = 0"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.networks.assign(4, aged_network()); }), HasSubstr("pairs = 3"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.steps = 0; }), HasSubstr("steps = 0"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.stride = 0; }), HasSubstr("stride = 0"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.state_stride = 0; }), HasSubstr("state_stride = 0"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.threads = most_threads + 1; }), HasSubstr("threads"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.changes = {changes::Spike{70}}; }), HasSubstr("unit = 70"));
  EXPECT_THAT(refusal([](twins::Plan& p) {
                p.options.signals = {{"reward", std::span<const double>()}};
              }),
              HasSubstr("signals"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.pairs = twins::most_pairs, p.steps = 100'000'000; }), HasSubstr("GB"));
  EXPECT_THAT(refusal([](twins::Plan& p) { p.options.source = source_spec("counting:n=2,pool_size=5,end=100"); }),
              HasSubstr("the source ends"));
  twins::Plan wrong = plan;
  wrong.networks.emplace_back(Parameters{.ne = 40, .nu = 4, .lambda_ee = 6, .lambda_ei = 8}, 1);
  EXPECT_THROW(twins::divergence(wrong), ShapeError);
  std::vector<double> short_input(5U * 20);
  wrong = plan;
  wrong.options.inputs = InputView::step_major(short_input, 5);
  EXPECT_THROW(twins::divergence(wrong), ShapeError);
}

TEST(Twins, HaveQuantiles) {
  const std::vector<std::int32_t> rows{0, 5, 1, 1, 3, 9};  // three pairs, two rows
  EXPECT_THAT(twins::quantile(rows, 2, 0.5), ElementsAre(1, 5));
  EXPECT_THAT(twins::quantile(rows, 2, 0.75), ElementsAre(2, 7));
  EXPECT_THAT(twins::quantile(std::vector<double>{2.0, 4.0}, 1, 0.0), ElementsAre(2));
  EXPECT_THROW(twins::quantile(rows, 4, 0.5), ShapeError);
  EXPECT_THROW(twins::quantile(rows, 2, 1.5), ParameterError);
  EXPECT_THROW(twins::quantile(rows, 2, std::nan("")), ParameterError);
}

TEST(Twins, GrowExponentially) {
  std::vector<double> mean{0.0, 0.0};
  for (int k = 0; k < 20; ++k) mean.push_back(0.5 * std::exp(0.3 * k));
  const auto found = twins::growth(mean);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->exponent, 0.3, 1e-12);
  EXPECT_NEAR(found->intercept, std::log(0.5) - 0.6, 1e-12);
  EXPECT_EQ(found->first, 2U);
  EXPECT_EQ(found->last, 12U);
  EXPECT_EQ(twins::growth(std::vector<double>(5, 2.0))->exponent, 0.0);
  EXPECT_EQ(twins::growth(std::vector<double>{4, 2, 1, 0, 5, 5})->last, 2U);
  EXPECT_FALSE(twins::growth(std::vector<double>{4, 2, 0, 1, 1, 1}));
  EXPECT_FALSE(twins::growth(std::vector<double>(5, 0.0)));
  EXPECT_THROW(twins::growth(mean, 1), ParameterError);
}

RC_GTEST_PROP(TwinsProperty, EqualTwoSingleRuns, ()) {
  const Parameters p = test::any_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  network.run(20);
  twins::Plan plan{
      .networks = {network},
      .changes = {*rc::gen::element<Change>(changes::Spike{}, changes::Threshold{{}, 0.1}, changes::Lesion{{}, 1})},
      .pairs = *rc::gen::inRange<std::uint64_t>(1, 6),
      .steps = *rc::gen::inRange<std::uint64_t>(1, 30),
      .skip = *rc::gen::inRange<std::uint64_t>(0, 12),
      .seed = *rc::gen::arbitrary<std::uint64_t>(),
      .stride = *rc::gen::inRange<std::uint64_t>(1, 5),
      .state_stride = *rc::gen::inRange<std::uint64_t>(1, 9),
      .threads = *rc::gen::inRange<std::size_t>(1, 4)};
  plan.options.phase = *rc::gen::element(Phase::plasticity, Phase::training);
  plan.options.freeze = test::any_freeze();
  RC_ASSERT(twins::divergence(plan) == plainly(plan));
}

}  // namespace
}  // namespace sorn
