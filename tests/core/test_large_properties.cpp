// Compares the engine with the plain network where layouts change: in large and dense networks, in networks that lose
// many synapses at once, and in networks that need more room.
#include "helpers/consistency.hpp"
#include "helpers/random.hpp"
#include "plain/plain_network.hpp"

#include <sorn/network.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace sorn {
namespace {

using test::Random;

/// Runs both networks for `rounds` times `steps` steps, with the same noise and constant input.
/// @returns where they differ; empty if nowhere
std::string difference(Network& network, const std::vector<double>& u, double sigma, std::size_t rounds,
                       std::size_t steps) {
  plain::PlainNetwork reference(network.parameters(), network.state());
  const RunOptions options{.noise = Noise::gaussian(sigma), .inputs = {u.data(), u.size(), steps, 1, 0}};
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
