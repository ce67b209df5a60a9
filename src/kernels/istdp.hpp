// Inhibitory STDP of W_EI (docs/model.md, step 8; Zheng, Dimitrakakis & Triesch 2013).
//   W[k][i] += −η_inhib·y_k·(1 − x'_i·(1 + 1/μ_IP)) for existing synapses; then the bounds: > 1 → 1, and ≤ 0
// → the lower bound, or gone if that is 0.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/vanished.hpp"

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// Visits only the outgoing synapses of the inhibitory units that were active, because no others change. Synapses that
/// vanish keep a weight ≤ 0, and their columns are recorded in `vanished`.
/// @param active  the units with y = 1 on entry to the step
/// @param now     x' of the columns' units, n_post values
/// @param mu_ip   μ_IP > 0
/// @param low     weight of a synapse that falls to 0 or below; 0: it vanishes
void istdp(const Columns& synapses, std::span<const std::uint32_t> active, std::span<const std::uint8_t> now,
           double eta, double mu_ip, double low, Vanished& vanished) noexcept;

/// Brings all weights into the bounds. istdp() does this only for the weights that it changes.
void bound_inhibitory(const Columns& synapses, double low, Vanished& vanished) noexcept;

}  // namespace sorn::kernels
