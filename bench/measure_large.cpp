// A very large network: seconds to build it, memory, and speed, as JSON.
#include "networks.hpp"
#include "timing.hpp"

#include <fstream>
#include <optional>
#include <string>

using namespace sorn;

namespace {

/// Resident memory of this process in bytes.
std::size_t resident_memory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    std::size_t kibibytes = 0;
    status >> kibibytes;
    return kibibytes * 1024;
  }
  throw std::runtime_error("/proc/self/status does not tell the resident memory");
}

/// The mean fraction of the excitatory units that fire, over the following steps.
double activity(Network& network, const bench::Inputs& inputs) {
  std::ptrdiff_t spikes = 0;
  for (std::size_t t = 0; t < inputs.steps(); ++t) {
    const auto x = network.step(inputs.step(t));
    spikes += std::count(x.begin(), x.end(), 1);
  }
  return static_cast<double>(spikes) / static_cast<double>(inputs.steps() * network.state().ne());
}

}  // namespace

int main(int argc, char** argv) {
  return bench::report_errors([&] {
    const auto arguments = bench::numbers(argc, argv, 3, "NE WARM_UP_STEPS STEPS");
    const Parameters p = bench::parameters(arguments[0]);
    const bench::Inputs inputs(p.nu, 20);
    const std::size_t steps = arguments[2];

    const std::size_t before = resident_memory();
    std::optional<Network> network;
    const double build_seconds = bench::seconds([&] { network.emplace(p, 1); });
    const SynapseMatrix& wee = *network->state().wee;
    const double bytes_per_synapse = static_cast<double>(wee.memory()) / static_cast<double>(wee.synapse_count());
    bench::run(*network, inputs, arguments[1]);
    const double step_seconds =
        bench::seconds([&] { bench::run(*network, inputs, steps); }) / static_cast<double>(steps);

    const double synapses = bench::plastic_synapses(*network);
    const std::size_t resident = resident_memory() - before;
    fmt::print(
        "{{\"build_seconds\": {}, \"bytes_per_synapse\": {}, \"resident_bytes\": {}, \"synapses\": {}, "
        "\"step_seconds\": {}, \"activity\": {}}}\n",
        build_seconds, bytes_per_synapse, resident, synapses, step_seconds, activity(*network, inputs));
  });
}
