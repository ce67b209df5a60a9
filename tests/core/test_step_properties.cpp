// The engine gives the same bits as the plain network, for random networks, inputs, noise and frozen rules.
#include "core/quantity.hpp"
#include "core/rule.hpp"
#include "helpers/any_parameters.hpp"
#include "plain/plain_network.hpp"

#include <sorn/sorn.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sorn {
namespace {

using test::any_freeze;
using test::any_parameters;
using test::any_real;
using test::any_reals;
using test::any_usual_parameters;

/// Compares the recorder's quantities with those of the plain network, too.
RC_GTEST_PROP(Step, EqualsThePlainNetworkBitForBit, ()) {
  const Parameters p = any_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  plain::PlainNetwork reference(p, network.state());
  RunOptions options;
  options.phase = *rc::gen::element(Phase::plasticity, Phase::plasticity, Phase::plasticity, Phase::training);
  options.freeze = any_freeze();
  const bool noisy = *rc::gen::arbitrary<bool>();
  const bool driven = *rc::gen::arbitrary<bool>();
  const std::size_t units = network.state().ne() + network.state().ni();

  struct Counts final : Observer {
    std::size_t ee = 0, ei = 0;
    double modulation = 0.0;
    std::vector<std::uint8_t> recurrent;
    Outcome on_step(const StepView& view) override {
      ee = view.ee_count;
      ei = view.ei_count;
      modulation = view.modulation;
      recurrent.assign(view.recurrent.begin(), view.recurrent.end());
      return Outcome::go_on;
    }
  } counts;
  Observer* const observers[] = {&counts};

  for (int t = 0; t < 60; ++t) {
    const auto u = driven ? any_reals(p.nu, -0.5, 1.5) : std::vector<double>{};
    const auto noise = noisy ? any_reals(units, -0.3, 0.3) : std::vector<double>{};
    options.inputs = u.empty() ? InputView{} : InputView{u.data(), u.size(), 1, 1, 0};
    options.noise = noise.empty() ? Noise::off() : Noise::replayed({noise.data(), noise.size(), 1, 1, 0});
    const std::size_t ee_before = reference.ee_count();
    const std::size_t ei_before = reference.ei_count();
    const std::optional<double> reward =
        *rc::gen::element<std::optional<double>>(std::nullopt, 0.0, 1.0, 1.0, -1.0, 0.3);
    const double value = reward.value_or(no_reward);
    options.signals = {{.name = "reward", .values = Signal::Values(&value, 1), .gaps = true}};
    network.run(1, options, observers);
    reference.step(u, noise, {.phase = options.phase, .freeze = options.freeze, .reward = reward});
    RC_ASSERT(counts.modulation == reference.modulation());
    RC_ASSERT(counts.ee == ee_before);
    RC_ASSERT(counts.ei == ei_before);
    RC_ASSERT(counts.recurrent == reference.recurrent());
    RC_ASSERT(network.state() == reference.state());
  }
}

/// Only given weights can exceed 1. They must be clipped even if no unit fires.
RC_GTEST_PROP(Step, ClipsGivenWeightsAboveOne, ()) {
  Parameters p = any_parameters();
  State state = build_state(p, 5);
  std::vector<double> dense(p.ne * p.ne, 0.0);
  for (std::size_t j = 0; j < p.ne; ++j) {
    for (std::size_t i = 0; i < p.ne; ++i) dense[j * p.ne + i] = i == j ? 0.0 : any_real(0, 3);
  }
  state.wee = SynapseMatrix::from_dense(dense, p.ne, p.ne, Plasticity::plastic);
  std::vector<double> inhibitory = any_reals(state.ni() * p.ne, 0, 3);
  state.wei = SynapseMatrix::from_dense(inhibitory, state.ni(), p.ne, Plasticity::plastic);
  Network network(p, state);
  plain::PlainNetwork reference(p, state);
  RunOptions options{.phase = Phase::plasticity, .freeze = any_freeze(), .noise = Noise::off(), .inputs = {}};
  for (int t = 0; t < 5; ++t) {
    network.run(1, options);
    reference.step({}, {}, {.phase = options.phase, .freeze = options.freeze});
    RC_ASSERT(network.state() == reference.state());
  }
}

RC_GTEST_PROP(Run, GivesTheSameBitsInTwoPieces, ()) {
  const Parameters p = any_parameters();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto total = *rc::gen::inRange<std::size_t>(1, 200);
  const auto cut = *rc::gen::inRange<std::size_t>(0, total + 1);
  const auto u = any_reals(p.nu * total, -1, 2);
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

/// Records every quantity, with strides that divide neither the run nor its pieces.
RC_GTEST_PROP(Run, RecordsTheSameInPieces, ()) {
  const Parameters p = any_parameters();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto total = *rc::gen::inRange<std::size_t>(1, 60);
  const auto cut = *rc::gen::inRange<std::size_t>(0, total + 1);
  std::vector<RecordRequest> requests;
  for (const QuantityInfo& quantity : quantity_table()) {
    if ((quantity.is_of_outputs() && p.no == 0) || quantity.is_of_window()) continue;
    const auto stride = *rc::gen::inRange<std::uint64_t>(1, 9);
    requests.push_back({quantity.quantity, quantity.is_events() ? 1 : stride});
  }
  const auto recorded = [&](Network& network, std::size_t steps) {
    const RunOptions options{
        .signals = {{"mark", [](std::uint64_t step) { return 0.5 * static_cast<double>(step); }},
                    {"reward", [](std::uint64_t step) { return static_cast<double>(step % 3) - 0.5; }}}};
    Recorder recorder(network, requests, steps, ActivityFormat::byte, options.signals.size());
    network.run(steps, options, {&recorder});
    return recorder.take();
  };
  Network whole(p, seed);
  const auto all = recorded(whole, total);
  Network in_parts(p, seed);
  const auto first = recorded(in_parts, cut);
  const auto second = recorded(in_parts, total - cut);
  RC_ASSERT(in_parts.state() == whole.state());
  for (std::size_t q = 0; q < requests.size(); ++q) {
    Recording joined = first[q];
    if (joined.rows == 0) {
      joined.first_step = second[q].first_step;
      joined.start = second[q].start;
    }
    joined.rows += second[q].rows;
    std::visit(
        [&](auto& values) {
          const auto& more = std::get<std::decay_t<decltype(values)>>(second[q].values);
          values.insert(values.end(), more.begin(), more.end());
        },
        joined.values);
    if (all[q].rows == 0) joined.first_step = all[q].first_step;
    RC_ASSERT(joined == all[q]);
  }
}

/// Conditions that hold in each recorded step, not only in the last state.
RC_GTEST_PROP(Run, KeepsRecordedQuantitiesInTheirRanges, ()) {
  const Parameters p = any_usual_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  const std::size_t ni = network.state().ni();
  const auto u = any_reals(p.nu, -1, 2);
  const auto steps = *rc::gen::inRange<std::size_t>(1, 100);
  const std::vector<RecordRequest> requests{{Quantity::excitatory, 1}, {Quantity::inhibitory, 1}, {Quantity::te, 1},
                                            {Quantity::ti, 1},         {Quantity::wee, 1},        {Quantity::wei, 1},
                                            {Quantity::ee_count, 1},   {Quantity::ei_count, 1}};
  Recorder recorder(network, requests, steps);
  Observer* const observers[] = {&recorder};
  network.run(steps, {.freeze = any_freeze(), .inputs = {u.data(), p.nu, steps, 1, 0}}, observers);
  const auto reals = [&](std::size_t q) -> const auto& {
    return std::get<std::vector<double>>(recorder.recordings()[q].values);
  };
  for (const std::size_t q : {0U, 1U}) {
    const auto& spikes = std::get<std::vector<std::uint8_t>>(recorder.recordings()[q].values);
    const std::size_t units = q == 0 ? p.ne : ni;
    RC_ASSERT(spikes.size() == steps * units);
    for (const std::uint8_t spike : spikes) RC_ASSERT(spike <= 1);
    for (std::size_t i = 0; i < units; ++i) {
      std::size_t count = 0;
      for (std::size_t t = 0; t < steps; ++t) count += spikes[t * units + i];
      RC_ASSERT(count <= steps);
    }
  }
  for (const double threshold : reals(2)) RC_ASSERT(threshold >= p.te_min && threshold <= p.te_max);
  for (const double threshold : reals(3)) RC_ASSERT(threshold >= p.ti_min && threshold <= p.ti_max);
  for (const std::size_t q : {4U, 5U}) {
    for (const double weight : reals(q)) RC_ASSERT(weight >= 0.0 && weight <= 1.0);
  }
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < p.ne; ++i) RC_ASSERT(reals(4)[(t * p.ne + i) * p.ne + i] == 0.0);
  }
  for (const std::size_t q : {6U, 7U}) {
    const std::size_t pairs = q == 6 ? p.ne * (p.ne - 1) : ni * p.ne;
    for (const std::int64_t count : std::get<std::vector<std::int64_t>>(recorder.recordings()[q].values)) {
      RC_ASSERT(count >= 0 && static_cast<std::size_t>(count) <= pairs);
    }
  }
}

RC_GTEST_PROP(Run, KeepsTheModelsInvariants, ()) {
  const Parameters p = any_usual_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  const auto wie = network.state().wie;
  const auto u = any_reals(p.nu, -1, 2);
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

RC_GTEST_PROP(Run, ChangesNothingThatOnlyFrozenRulesChange, ()) {
  const Parameters p = any_parameters();
  Network network(p, *rc::gen::arbitrary<std::uint64_t>());
  const State before = network.state();
  const auto u = any_reals(p.nu, -1, 2);
  RunOptions options{.freeze = any_freeze(), .inputs = {u.data(), p.nu, 100, 1, 0}};
  network.run(100, options);
  const State& after = network.state();
  Changes allowed;
  for (const Rule rule : all_rules) {
    if (options.freeze.contains(rule)) continue;
    const RuleInfo& row = info(rule);
    allowed.te = allowed.te || row.changes.te;
    allowed.wee = allowed.wee || row.changes.wee;
    allowed.wei = allowed.wei || row.changes.wei;
  }
  if (!allowed.te) RC_ASSERT(after.te == before.te);
  if (!allowed.wee) RC_ASSERT(after.wee == before.wee);
  if (!allowed.wei) RC_ASSERT(after.wei == before.wei);
  RC_ASSERT(after.ti == before.ti);
}

}  // namespace
}  // namespace sorn
