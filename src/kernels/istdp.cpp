#include "kernels/istdp.hpp"

namespace sorn::kernels {

std::span<const std::uint32_t> istdp(const Columns& synapses, std::span<const std::uint32_t> active,
                                     std::span<const std::uint8_t> now, double eta, double mu_ip,
                                     IstdpScratch& scratch) noexcept {
  // The change of a synapse whose excitatory unit is silent or fires.
  const double change[2] = {-eta * (1.0 - 0.0 * (1.0 + 1.0 / mu_ip)), -eta * (1.0 - 1.0 * (1.0 + 1.0 / mu_ip))};
  scratch.gone.clear();
  for (const std::uint32_t pre : active) {
    for (const Outgoing synapse : synapses.outgoing->of(pre)) {
      const double next = synapses.weight[synapse.entry] + change[now[synapse.post]];
      synapses.weight[synapse.entry] = next > 1.0 ? 1.0 : next;
      synapses.settled[synapse.post] = 0;
      if (next <= 0.0 && scratch.is_gone[synapse.post] == 0) {
        scratch.is_gone[synapse.post] = 1;
        scratch.gone.push_back(synapse.post);  // within its capacity
      }
    }
  }
  for (const std::uint32_t post : scratch.gone) scratch.is_gone[post] = 0;
  return scratch.gone;
}

}  // namespace sorn::kernels
