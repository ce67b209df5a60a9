#include "kernels/istdp.hpp"

#include "kernels/clip.hpp"

#include <algorithm>

namespace sorn::kernels {

void istdp(const Columns& synapses, std::span<const std::uint8_t> inhibitory_before,
           std::span<const std::uint8_t> excitatory_now, double eta, double mu_ip, bool clip_all) noexcept {
  const bool any_active =
      std::any_of(inhibitory_before.begin(), inhibitory_before.end(), [](std::uint8_t y) { return y != 0; });
  if (!any_active && !clip_all) return;  // every change is 0
  // The change of a synapse whose inhibitory unit was active, if its excitatory unit is silent or fires.
  const double change[2] = {-eta * (1.0 - 0.0 * (1.0 + 1.0 / mu_ip)), -eta * (1.0 - 1.0 * (1.0 + 1.0 / mu_ip))};
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const double delta = change[excitatory_now[post]];
    change_and_clip(synapses, post,
                    [&](std::uint32_t pre) noexcept { return delta * static_cast<double>(inhibitory_before[pre]); });
  }
}

}  // namespace sorn::kernels
