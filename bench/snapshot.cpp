#include "snapshot.hpp"

#include "core/synapse_slice.hpp"
#include "kernels/fire.hpp"
#include "kernels/gaussian.hpp"
#include "kernels/istdp.hpp"
#include "networks.hpp"

#include <limits>
#include <map>

namespace sorn::bench {

namespace {

/// So many that a branch predictor cannot learn them.
constexpr std::size_t moment_count = 64;

Moment moment(const Parameters& p, const State& before, const State& after) {
  const std::size_t ne = before.ne();
  Moment m{before.x, after.x, kernels::ActiveUnits(ne), kernels::ActiveUnits(ne), kernels::ActiveUnits(before.ni()),
           {},       {}};
  m.active.assign(m.x);
  m.next_active.assign(m.next_x);
  m.active_y.assign(before.y);

  State touched = before;
  kernels::StdpScratch scratch(ne);
  kernels::Vanished vanished(ne);
  const kernels::Columns wee = touched.wee.mutate().slice(0).columns();
  kernels::stdp(wee, m.spikes(), p.eta_stdp, {}, scratch, vanished);
  m.wee_settled.assign(wee.settled, wee.settled + ne);
  const kernels::Columns wei = touched.wei.mutate().slice(0).columns();
  kernels::istdp(wei, m.active_y.list(), m.next_x, p.eta_inhib, p.mu_ip, 0.0, vanished);
  m.wei_settled.assign(wei.settled, wei.settled + ne);
  return m;
}

Snapshot take(std::size_t ne) {
  const Parameters p = parameters(ne);
  const Inputs inputs(p.nu, moment_count);
  Network network(p, 1);
  run(network, inputs, warm_up_steps);

  Snapshot s;
  s.parameters = p;
  s.state = network.state();
  s.wie_rows = kernels::transposed(s.state.wie->slice(0).columns());
  for (std::size_t t = 0; t < moment_count; ++t) {
    const State before = network.state();
    network.step(inputs.step(t));
    s.moments.push_back(moment(p, before, network.state()));
  }

  const Moment& first = s.moments.front();
  for (auto* values : {&s.excitation, &s.inhibition, &s.input}) values->assign(ne, 0.0);
  s.inhibitory_drive.assign(s.state.ni(), 0.0);
  std::copy_n(inputs.step(0).begin(), p.nu, s.input.begin());
  const State& state = s.state;
  kernels::push_drive(state.wee->slice(0).columns(), first.active.list(), s.excitation);
  kernels::push_drive(state.wei->slice(0).columns(), first.active_y.list(), s.inhibition);
  kernels::push_drive(s.wie_rows, first.active.list(), s.inhibitory_drive);
  s.margin_e.assign(kernels::in_batches(ne), std::numeric_limits<double>::infinity());
  s.margin_i.assign(kernels::in_batches(state.ni()), std::numeric_limits<double>::infinity());
  kernels::excitatory_margins(s.excitation, s.inhibition, s.input, state.te, s.margin_e);
  kernels::inhibitory_margins(s.inhibitory_drive, 0.0, state.ti, s.margin_i);
  return s;
}

}  // namespace

const Snapshot& snapshot(std::size_t ne) {
  static std::map<std::size_t, Snapshot> taken;
  const auto found = taken.find(ne);
  return found != taken.end() ? found->second : taken.emplace(ne, take(ne)).first->second;
}

}  // namespace sorn::bench
