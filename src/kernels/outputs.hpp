// The output layer: W_OE is dense, [excitatory unit][output unit], so that a step adds the rows of the active units.
#pragma once

#include <sorn/switches.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::kernels {

/// drive_k = Σ_j W_OE[j][k] over the active units j, in ascending order.
void drive_outputs(std::span<const double> weights, std::span<const std::uint32_t> active,
                   std::span<double> drive) noexcept;

/// Sets spikes to 1 where the margin is above 0, or at least 0.
void fire_margins(std::span<const double> margin, Comparison comparison, std::span<std::uint8_t> spikes) noexcept;

/// Sets spikes to 1 for the largest margin: for the first of equal ones, or for all of them.
void fire_winners(std::span<const double> margin, bool all, std::span<std::uint8_t> spikes) noexcept;

/// The bounds of the weights of W_OE.
struct OutputBounds {
  double low;
  double high;
};

/// Adds `change` to W_OE[j][k] of the active units j and the output units k that fire, and brings these weights into
/// the bounds. Clears `settled` of these output units.
void potentiate_outputs(std::span<double> weights, std::span<const std::uint32_t> active,
                        std::span<const std::uint8_t> spikes, double change, const OutputBounds& bounds,
                        std::span<std::uint8_t> settled) noexcept;

/// The same for W_OE[j][k] += change·(x'_0·x_j − x_0·x'_j) of all output units k, where the weight is not 0.
void pair_with_unit_0(std::span<double> weights, std::span<const std::uint8_t> before,
                      std::span<const std::uint8_t> now, double change, const OutputBounds& bounds,
                      std::span<std::uint8_t> settled) noexcept;

/// Divides the weights onto each output unit by their sum, or by `smallest` if that is larger. Without a smallest sum
/// (0) it divides by any sum but 0. Output units with `settled` are skipped; those whose weights sum to 1 become so.
void scale_outputs(std::span<double> weights, double smallest, std::span<std::uint8_t> settled) noexcept;

/// Brings all weights into the bounds. @param settled  is cleared for the output units whose weights change
void bound_outputs(std::span<double> weights, const OutputBounds& bounds, std::span<std::uint8_t> settled) noexcept;

}  // namespace sorn::kernels
