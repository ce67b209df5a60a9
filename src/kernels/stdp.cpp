#include "kernels/stdp.hpp"

#include "kernels/clip.hpp"

namespace sorn::kernels {

void stdp(const Columns& synapses, std::span<const std::uint8_t> before, std::span<const std::uint8_t> now, double eta,
          bool clip_all) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    if (before[post] == 0 && now[post] == 0 && !clip_all) continue;
    // Each product is 0, 1 or −1, so integers give the same η·(…) as doubles do.
    const int fires_now = now[post];
    const int fired_before = before[post];
    change_and_clip(synapses, post, [&](std::uint32_t pre) noexcept {
      return eta * static_cast<double>(fires_now * before[pre] - fired_before * now[pre]);
    });
  }
}

}  // namespace sorn::kernels
