// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5; Lazar, Pipa & Triesch 2009).
//   W[j][i] += η_stdp·(x'_i·x_j − x_i·x'_j) for existing synapses; then ≤ 0 → gone, > 1 → 1.
#pragma once

#include "kernels/columns.hpp"

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// @param before  x on entry to the step, n_post values (W_EE is square)
/// @param now     x', the new activity
/// @param clip_all  visit also the columns whose unit fired neither before nor now. They cannot change, unless the
///                  weights came from outside and may exceed 1.
void stdp(const Columns& synapses, std::span<const std::uint8_t> before, std::span<const std::uint8_t> now, double eta,
          bool clip_all) noexcept;

}  // namespace sorn::kernels
