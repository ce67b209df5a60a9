#include "kernels/stdp.hpp"

#include "kernels/clip.hpp"

namespace sorn::kernels {

void stdp(const Columns& synapses, std::span<const std::uint8_t> before, std::span<const std::uint8_t> now, double eta,
          bool clip_all) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    if (before[post] == 0 && now[post] == 0 && !clip_all) continue;
    // x'_i·x_j − x_i·x'_j is −1, 0 or 1; listing η times it by what j did gives the products without computing them.
    const double fires_now = now[post];
    const double fired_before = before[post];
    const double change[4] = {0.0, eta * fires_now, eta * -fired_before, eta * (fires_now - fired_before)};
    change_and_clip(synapses, post, [&](std::uint32_t pre) noexcept { return change[before[pre] + 2 * now[pre]]; });
  }
}

}  // namespace sorn::kernels
