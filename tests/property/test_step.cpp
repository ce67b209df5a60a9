// The engine against the plain network, for random networks, inputs, noise and frozen rules: equal bits.
#include "plain/plain_network.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace sorn {
namespace {

double real(double low, double high) {
  const auto n = *rc::gen::inRange<std::int64_t>(0, 1'000'001);
  return low + (high - low) * static_cast<double>(n) / 1e6;
}

Parameters random_parameters() {
  Parameters p;
  p.ne = *rc::gen::inRange<std::size_t>(2, 40);
  p.ni = *rc::gen::inRange<std::size_t>(1, 12);
  p.nu = *rc::gen::inRange<std::size_t>(1, p.ne + 1);
  p.network_type_ee = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
  p.network_type_ei = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
  p.network_type_ie = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
  p.lambda_ee = real(0, static_cast<double>(p.ne - 1));
  p.lambda_ei = real(0, static_cast<double>(p.ne));
  p.lambda_ie = real(0, 100);
  p.eta_stdp = real(0, 0.1);
  p.eta_inhib = real(0, 0.1);
  p.eta_ip = real(0, 0.1);
  p.te_min = real(0, 0.3);
  p.te_max = p.te_min + real(0, 1);
  p.ti_max = real(0.1, 0.6);
  p.mu_ip = real(0.01, 0.5);
  return p;
}

RuleSet random_freeze() {
  RuleSet freeze;
  for (const Rule rule : all_rules) {
    if (*rc::gen::inRange(0, 4) == 0) freeze.insert(rule);
  }
  return freeze;
}

std::vector<double> random_reals(std::size_t count, double low, double high) {
  std::vector<double> values(count);
  std::generate(values.begin(), values.end(), [&] { return real(low, high); });
  return values;
}

/// Counts what the recorder's quantities should be from the reference.
RC_GTEST_PROP(Step, EqualsThePlainNetworkBitForBit, ()) {
  const Parameters p = random_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  plain::PlainNetwork reference(p, network.state());
  RunOptions options;
  options.phase = *rc::gen::element(Phase::plasticity, Phase::plasticity, Phase::plasticity, Phase::training);
  options.freeze = random_freeze();
  const bool noisy = *rc::gen::arbitrary<bool>();
  const bool driven = *rc::gen::arbitrary<bool>();
  const std::size_t units = network.state().ne() + network.state().ni();

  struct Counts final : Observer {
    std::size_t ee = 0, ei = 0;
    std::vector<std::uint8_t> recurrent;
    Outcome on_step(const StepView& view) override {
      ee = view.ee_count;
      ei = view.ei_count;
      recurrent.assign(view.recurrent.begin(), view.recurrent.end());
      return Outcome::go_on;
    }
  } counts;
  Observer* const observers[] = {&counts};

  for (int t = 0; t < 60; ++t) {
    const auto u = driven ? random_reals(p.nu, -0.5, 1.5) : std::vector<double>{};
    const auto noise = noisy ? random_reals(units, -0.3, 0.3) : std::vector<double>{};
    options.inputs = u.empty() ? InputView{} : InputView{u.data(), u.size(), 1, 1, 0};
    options.noise = noise.empty() ? Noise::off() : Noise::replayed({noise.data(), noise.size(), 1, 1, 0});
    const std::size_t ee_before = reference.ee_count();
    const std::size_t ei_before = reference.ei_count();
    network.run(1, options, observers);
    reference.step(u, noise, options.phase, options.freeze);
    RC_ASSERT(counts.ee == ee_before);
    RC_ASSERT(counts.ei == ei_before);
    RC_ASSERT(counts.recurrent == reference.recurrent());
    RC_ASSERT(network.state() == reference.state());
  }
}

/// Weights above 1 can only come from outside; clipping must reach them also where no unit fires.
RC_GTEST_PROP(Step, ClipsOversizedWeightsFromOutside, ()) {
  Parameters p = random_parameters();
  State state = build_state(p, 5);
  std::vector<double> dense(p.ne * p.ne, 0.0);
  for (std::size_t j = 0; j < p.ne; ++j) {
    for (std::size_t i = 0; i < p.ne; ++i) dense[j * p.ne + i] = i == j ? 0.0 : real(0, 3);
  }
  state.wee = SynapseMatrix::from_dense(dense, p.ne, p.ne, Plasticity::plastic);
  std::vector<double> inhibitory = random_reals(state.ni() * p.ne, 0, 3);
  state.wei = SynapseMatrix::from_dense(inhibitory, state.ni(), p.ne, Plasticity::plastic);
  Network network(p, state);
  plain::PlainNetwork reference(p, state);
  RunOptions options{.phase = Phase::plasticity, .freeze = random_freeze(), .noise = Noise::off(), .inputs = {}};
  for (int t = 0; t < 5; ++t) {
    network.run(1, options);
    reference.step({}, {}, options.phase, options.freeze);
    RC_ASSERT(network.state() == reference.state());
  }
}

RC_GTEST_PROP(Run, CutAnywhereGivesTheSameBits, ()) {
  const Parameters p = random_parameters();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto total = *rc::gen::inRange<std::size_t>(1, 200);
  const auto cut = *rc::gen::inRange<std::size_t>(0, total + 1);
  const auto u = random_reals(p.nu * total, -1, 2);
  const InputView all{u.data(), p.nu, total, static_cast<std::ptrdiff_t>(total), 1};
  const InputView rest{u.data() + cut, p.nu, total - cut, static_cast<std::ptrdiff_t>(total), 1};
  const RunOptions whole_run{.inputs = all};
  const RunOptions rest_run{.inputs = rest};

  Network whole(p, seed);
  whole.run(total, whole_run);
  Network cut_run(p, seed);
  cut_run.run(cut, whole_run);
  Network resumed(p, cut_run.state());
  resumed.run(total - cut, rest_run);
  RC_ASSERT(whole.state() == resumed.state());
}

RC_GTEST_PROP(Run, KeepsTheModelsInvariants, ()) {
  const Parameters p = random_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  const auto wie = network.state().wie;
  const auto u = random_reals(p.nu, -1, 2);
  const InputView constant{u.data(), p.nu, 1000, 1, 0};
  network.run(*rc::gen::inRange<std::size_t>(1, 300), {.inputs = constant});
  const State& s = network.state();
  validate(s);  // finite, no negative weight, no self-connection, no duplicate synapse
  RC_ASSERT(s.wie == wie);
  for (const double t : s.te) RC_ASSERT(t >= p.te_min && t <= p.te_max);
  for (const auto* matrix : {&s.wee, &s.wei}) {
    for (std::size_t i = 0; i < p.ne; ++i) {
      const auto column = (*matrix)->column(i);
      double sum = 0.0;
      for (const double w : column.weight) {
        RC_ASSERT(w > 0.0 && w <= 1.0);
        sum += w;
      }
      if (!column.weight.empty()) RC_ASSERT(std::abs(sum - 1.0) < 1e-12);
    }
  }
}

RC_GTEST_PROP(Run, FrozenRulesLeaveTheirPartUntouched, ()) {
  const Parameters p = random_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  const State before = network.state();
  const auto u = random_reals(p.nu, -1, 2);
  RunOptions options{.freeze = random_freeze(), .inputs = {u.data(), p.nu, 100, 1, 0}};
  network.run(100, options);
  const State& after = network.state();
  const auto frozen = [&](Rule rule) { return options.freeze.contains(rule); };
  if (frozen(Rule::ip)) RC_ASSERT(after.te == before.te);
  if (frozen(Rule::stdp) && frozen(Rule::sp) && frozen(Rule::ss)) RC_ASSERT(after.wee == before.wee);
  if (frozen(Rule::istdp) && frozen(Rule::ss)) RC_ASSERT(after.wei == before.wei);
  RC_ASSERT(after.ti == before.ti);
}

}  // namespace
}  // namespace sorn
