// Firing (docs/model.md, steps 2–4): which units exceed their thresholds.
#pragma once

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// Excitatory units (steps 2 and 3):
///   R_i  = Θ(((e_i − h_i) + ξ_i) − T_i),   x'_i = Θ((((e_i − h_i) + ξ_i) + u_i) − T_i).
/// All spans have ne values; `noise` and `input` are 0 where there is none. Outputs do not overlap with other spans.
void fire_excitatory(std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept;

/// Inhibitory units (step 4): y'_k = Θ((drive_k + ξ_k) − T_k). All spans have ni values.
void fire_inhibitory(std::span<const double> drive, std::span<const double> noise, std::span<const double> threshold,
                     std::span<std::uint8_t> spikes) noexcept;

/// The magnitude that noise needs to change whether a unit fires: the square of the smaller of |(e_i − h_i) − T_i| and
/// |((e_i − h_i) + u_i) − T_i|, minus the largest effect of rounding. Noise of a smaller magnitude changes neither R_i
/// nor x'_i. All spans have ne values.
void excitatory_margins(std::span<const double> excitation, std::span<const double> inhibition,
                        std::span<const double> input, std::span<const double> threshold,
                        std::span<double> margin) noexcept;

/// The same for inhibitory units. All spans have ni values.
void inhibitory_margins(std::span<const double> drive, std::span<const double> threshold,
                        std::span<double> margin) noexcept;

}  // namespace sorn::kernels
