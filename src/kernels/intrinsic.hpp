// Intrinsic plasticity of the excitatory thresholds (docs/model.md, step 6; Lazar, Pipa & Triesch 2009).
//   T_i += η_ip·(x'_i − H_IP,i), clipped to [te_min, te_max].
#pragma once

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// All spans have ne values. @param target H_IP, the target rate of each unit in spikes per step
void intrinsic_plasticity(std::span<double> threshold, std::span<const std::uint8_t> spikes,
                          std::span<const double> target, double eta, double te_min, double te_max) noexcept;

}  // namespace sorn::kernels
