#include "kernels/istdp.hpp"

namespace sorn::kernels {

void istdp(const Columns& synapses, std::span<const std::uint32_t> active, std::span<const std::uint8_t> now,
           double eta, double mu_ip, double low, Vanished& vanished) noexcept {
  // The change of a synapse, if its excitatory unit is silent and if it fires.
  const double change[2] = {-eta * (1.0 - 0.0 * (1.0 + 1.0 / mu_ip)), -eta * (1.0 - 1.0 * (1.0 + 1.0 / mu_ip))};
  double* const weight = synapses.weight;
  std::uint8_t* const settled = synapses.settled;
  for (const std::uint32_t pre : active) {
    for (const Outgoing synapse : synapses.outgoing->of(pre)) {
      const double next = weight[synapse.entry()] + change[now[synapse.post()]];
      weight[synapse.entry()] = next > 1.0 ? 1.0 : next;
      settled[synapse.post()] = 0;
      if (next <= 0.0) {
        weight[synapse.entry()] = low;
        if (low == 0.0) vanished.add(synapse.post());
      }
    }
  }
}

void bound_inhibitory(const Columns& synapses, double low, Vanished& vanished) noexcept {
  for (std::uint32_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = synapses.weight + synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
      if (weight[k] > 0.0 && weight[k] <= 1.0) continue;
      weight[k] = weight[k] > 1.0 ? 1.0 : low;
      synapses.settled[post] = 0;
      if (weight[k] == 0.0) vanished.add(post);
    }
  }
}

}  // namespace sorn::kernels
