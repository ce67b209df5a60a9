// Inhibitory STDP of W_EI (docs/model.md, step 8; Zheng, Dimitrakakis & Triesch 2013).
//   W[k][i] += −η_inhib·y_k·(1 − x'_i·(1 + 1/μ_IP)) for existing synapses; then ≤ 0 → gone, > 1 → 1.
#pragma once

#include "kernels/columns.hpp"

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// @param inhibitory_before  y on entry to the step, n_pre values
/// @param excitatory_now     x', n_post values
/// @param mu_ip              μ_IP > 0
/// @param clip_all           visit all columns, also if no inhibitory unit was active
void istdp(const Columns& synapses, std::span<const std::uint8_t> inhibitory_before,
           std::span<const std::uint8_t> excitatory_now, double eta, double mu_ip, bool clip_all) noexcept;

}  // namespace sorn::kernels
