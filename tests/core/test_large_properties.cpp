// Compares the engine with the plain network where layouts change: in large and dense networks, in networks that lose
// many synapses at once, and in networks that need more room.
#include "core/synapse_slice.hpp"
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"
#include "kernels/coarse.hpp"
#include "plain/plain_network.hpp"

#include <sorn/network.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace sorn {
namespace {

using test::Random;

/// Runs both networks for `rounds` times `steps` steps, with the same noise and constant input.
/// @returns where they differ; empty if nowhere
std::string difference(Network& network, const std::vector<double>& u, double sigma, std::size_t rounds,
                       std::size_t steps, std::size_t threads = 0) {
  plain::PlainNetwork reference(network.parameters(), network.state());
  const RunOptions options{
      .noise = Noise::gaussian(sigma), .inputs = {u.data(), u.size(), steps, 1, 0}, .threads = threads};
  for (std::size_t round = 0; round < rounds; ++round) {
    network.run(steps, options);
    for (std::size_t t = 0; t < steps; ++t) reference.step(u, sigma);
    const State& state = network.state();
    if (!(state == reference.state())) return fmt::format("the states differ after step {}", state.step);
    for (const auto* matrix : {&state.wee, &state.wei}) {
      if (const std::string wrong = test::inconsistency(**matrix); !wrong.empty()) return wrong;
    }
  }
  return {};
}

Random any_random() { return Random(*rc::gen::arbitrary<std::uint64_t>()); }

/// Learning rates from 0 to values at which every spike removes synapses; thresholds from silence to constant firing.
Parameters random_rules(Random& random) {
  Parameters p;
  p.eta_stdp = random.one_of({0.0, 0.004, random.magnitude(1e-4, 0.5)});
  p.eta_inhib = random.one_of({0.001, random.magnitude(1e-4, 0.5)});
  p.eta_ip = random.magnitude(1e-4, 0.5);
  p.te_max = random.real(0.05, 1.0);
  p.te_min = random.one_of({0.0, random.real(-0.5, 0.0)});
  p.ti_min = random.one_of({0.0, random.real(-0.5, 0.0)});
  p.ti_max = random.real(0.05, 0.5);
  p.mu_ip = random.magnitude(0.01, 0.5);
  return p;
}

RC_GTEST_PROP(LargeNetwork, EqualsThePlainNetwork, ()) {
  Random random = any_random();
  Parameters p = random_rules(random);
  // Sizes near one word of spikes, near the sixteen words that STDP keeps in registers, and between.
  p.ne = random.one_of({random.between(60, 68), random.between(1017, 1032), random.between(70, 1100)});
  p.ni = random.between(1, 60);
  p.nu = random.between(1, 20);
  p.network_type_ei = random.one_of({Connectivity::sparse, Connectivity::dense});
  p.network_type_ie = random.one_of({Connectivity::sparse, Connectivity::dense});
  p.lambda_ee = random.one_of({0.0, random.real(0, 20), random.real(20, 59)});
  p.lambda_ei = random.real(0, 60);
  p.lambda_ie = random.real(0, 100);
  Network network(p, random.below(1'000'000));
  RC_ASSERT(difference(network, random.reals(p.nu, -0.5, 1.5), random.magnitude(1e-3, 10), 8, 15) == "");
}

RC_GTEST_PROP(DenseNetwork, EqualsThePlainNetworkWhileItLosesItsSynapses, ()) {
  Random random = any_random();
  Parameters p = random_rules(random);
  p.ne = random.between(2, 130);
  p.ni = random.between(1, 30);
  p.nu = random.between(1, p.ne);
  p.h_ip = random.real(0.01, 0.5);
  p.network_type_ee = Connectivity::dense;
  p.network_type_ei = Connectivity::dense;
  p.eta_stdp = random.magnitude(1e-4, 0.05);  // initial weights are about 1/ne
  p.te_max = random.magnitude(1e-3, 1.0);
  Network network(p, random.below(1'000'000));
  RC_ASSERT(difference(network, random.reals(p.nu, -0.5, 1.5), random.magnitude(1e-3, 10), 20, 3) == "");
}

/// Moves the inhibitory thresholds to the drive of the next step if inhibition is slow, to one rounding beside it, and
/// into its surroundings.
void move_thresholds_to_drive(State& state, Random& random) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < state.ni(); ++k) {
    const auto column = std::as_const(state.wie)->column(k);
    double drive = 0.0;
    for (std::size_t n = 0; n < column.pre.size(); ++n) drive += column.weight[n] * state.x[column.pre[n]];
    state.ti[k] = random.one_of({drive, std::nextafter(drive, infinity), std::nextafter(drive, -infinity),
                                 drive + random.real(-1e-3, 1e-3), drive + random.real(-0.1, 0.1)});
  }
}

RC_GTEST_PROP(DenseInhibition, EqualsThePlainNetworkNearItsThresholds, ()) {
  Random random = any_random();
  Parameters p = random_rules(random);
  p.ne = random.between(300, 500);
  p.ni = random.between(70, 130);  // W_IE is read as bytes, also by some threads (kernels/coarse.hpp)
  p.nu = 10;
  p.inhibition = random.one_of({Inhibition::slow, Inhibition::fast});
  p.comparison = random.one_of({Comparison::greater, Comparison::at_least});
  p.threshold_place = random.one_of({ThresholdPlace::last, ThresholdPlace::first});
  p.noise_kind = random.one_of({NoiseKind::gaussian, NoiseKind::uniform});
  State state = build_state(p, random.below(1'000'000));
  state.x = random.spikes(p.ne, random.one_of({0.02, 0.1, 0.6}));
  move_thresholds_to_drive(state, random);
  RC_ASSERT(kernels::coarse_rows_pay(std::as_const(state.wie)->slice(0).columns()));
  Network network(p, state);
  const double sigma = random.one_of({0.0, 1e-15, 1e-4, 0.04});
  RC_ASSERT(difference(network, random.reals(p.nu, -0.5, 1.5), sigma, 4, 3, random.between(1, 3)) == "");
}

RC_GTEST_PROP(GrowingNetwork, EqualsThePlainNetworkWhileRoomIsMade, ()) {
  Random random = any_random();
  Parameters p = random_rules(random);
  p.ne = random.between(20, 50);
  p.ni = random.between(1, 8);
  p.nu = 2;
  p.lambda_ee = random.real(0, 3);
  p.lambda_ei = random.real(0, 10);
  p.eta_stdp = random.one_of({0.0, 1e-5, 1e-4});  // a new synapse weighs 0.001
  Network network(p, random.below(1'000'000));
  const std::size_t memory = network.state().wee->memory();
  const std::size_t count = network.state().wee->synapse_count();
  RC_ASSERT(difference(network, {}, random.magnitude(1e-3, 10), 20, 300) == "");
  if (p.eta_stdp == 0.0) {  // otherwise the test would test nothing
    RC_ASSERT(network.state().wee->synapse_count() > count + 100);
    RC_ASSERT(network.state().wee->memory() > memory);
  }
}

}  // namespace
}  // namespace sorn
