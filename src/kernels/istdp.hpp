// Inhibitory STDP of W_EI (docs/model.md, step 8; Zheng, Dimitrakakis & Triesch 2013).
//   W[k][i] += −η_inhib·y_k·(1 − x'_i·(1 + 1/μ_IP)) for existing synapses; then ≤ 0 → gone, > 1 → 1.
#pragma once

#include "kernels/columns.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Memory that istdp() works in, for n_post units.
struct IstdpScratch {
  explicit IstdpScratch(std::size_t n_post) : is_gone(n_post, 0) { gone.reserve(n_post); }
  std::vector<std::uint32_t> gone;
  std::vector<std::uint8_t> is_gone;
};

/// Visits the outgoing synapses of the inhibitory units that were active: no others change. Synapses that vanish are
/// left with a weight ≤ 0; the caller removes them. @returns their columns, each once
/// @param active  the units with y = 1 on entry to the step
/// @param now     x', n_post values
/// @param mu_ip   μ_IP > 0
std::span<const std::uint32_t> istdp(const Columns& synapses, std::span<const std::uint32_t> active,
                                     std::span<const std::uint8_t> now, double eta, double mu_ip,
                                     IstdpScratch& scratch) noexcept;

}  // namespace sorn::kernels
