// Firing (docs/model.md, steps 2–4): which units exceed their thresholds.
#pragma once

#include <sorn/switches.hpp>

#include <cstdint>
#include <span>

namespace sorn::kernels {

/// How a drive and a threshold decide whether a unit fires. With Comparison::greater Θ(z) is 1 for z > 0, with
/// at_least it is 1 for z ≥ 0.
struct Firing {
  ThresholdPlace threshold = ThresholdPlace::last;
  Comparison comparison = Comparison::greater;
};

/// Excitatory units (steps 2 and 3). If the threshold is subtracted last:
///   R_i  = Θ(((e_i − h_i) + ξ_i) − T_i),   x'_i = Θ((((e_i − h_i) + ξ_i) + u_i) − T_i);
/// if it is subtracted first:
///   R_i  = Θ(((e_i − h_i) − T_i) + ξ_i),   x'_i = Θ((((e_i − h_i) − T_i) + ξ_i) + u_i).
/// All spans have ne values; `noise` and `input` are 0 where there is none. Outputs do not overlap with other spans.
void fire_excitatory(Firing firing, std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept;

/// Inhibitory units (step 4): y'_k = Θ((drive_k + ξ_k) − T_k), or Θ((drive_k − T_k) + ξ_k) if the threshold is
/// subtracted first. `spikes` has ni values, the others at least as many.
void fire_inhibitory(Firing firing, std::span<const double> drive, std::span<const double> noise,
                     std::span<const double> threshold, std::span<std::uint8_t> spikes) noexcept;

/// The magnitude that noise needs to change whether a unit fires: the square of the smaller of |(e_i − h_i) − T_i| and
/// |((e_i − h_i) + u_i) − T_i|, minus the largest effect of rounding. Noise of a smaller magnitude changes neither R_i
/// nor x'_i. All spans have ne values.
void excitatory_margins(std::span<const double> excitation, std::span<const double> inhibition,
                        std::span<const double> input, std::span<const double> threshold,
                        std::span<double> margin) noexcept;

/// The same for inhibitory units, whose drives lie between drive_k and drive_k + width: the square of |drive_k − T_k|,
/// minus `width` and the largest effect of rounding. `threshold` has ni values, `drive` and `margin` at least as many.
void inhibitory_margins(std::span<const double> drive, double width, std::span<const double> threshold,
                        std::span<double> margin) noexcept;

}  // namespace sorn::kernels
