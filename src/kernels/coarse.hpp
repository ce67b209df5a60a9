// The drive through an all-to-all matrix that never changes, known within bounds: the weights are read as bytes, an
// eighth of the memory. Most units are so far from their thresholds that the bounds decide whether they fire.
#pragma once

#include "kernels/columns.hpp"
#include "support/aligned.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::kernels {

/// The weights as multiples of one unit, rounded to the nearest multiple from 0 to 255. Entry k of a row holds the
/// weight onto unit k in its low byte, and that onto unit `half` + k in its high byte.
struct CoarseRows {
  double unit = 0.0;
  std::size_t half = 0;                    // half of n_post, rounded up so that each row begins at a cache line
  AlignedVector<std::uint16_t> weights{};  // n_pre rows of `half` entries
};

/// Whether a coarse copy saves time: the matrix is all-to-all and large, and no weight is so far above their mean that
/// the unit of the copy would be coarse for the others.
bool coarse_rows_pay(const ConstColumns& synapses) noexcept;

/// @param synapses  an all-to-all matrix of at most 2²⁴ presynaptic units; its largest weight is at least 1e-290
CoarseRows coarse_rows(const ConstColumns& synapses);

/// Bounds of the drive: low_i ≤ drive_i ≤ high_i, where drive_i is the sum of push_drive() (drive.hpp), with all its
/// roundings. Additions, subtractions and comparisons are monotonic with their roundings, so that a unit which fires
/// with both bounds also fires with its drive, and a unit which fires with neither does not.
/// @param low, high  2·half values; those after n_post have no meaning
/// @returns the largest distance between the bounds of a unit
double bound_drive(const CoarseRows& synapses, std::span<const std::uint32_t> active, std::span<double> low,
                   std::span<double> high) noexcept;

/// Sets drive[i] for some units i to the sum of push_drive(), from an all-to-all matrix.
void pull_drive(const ConstColumns& synapses, std::span<const std::uint32_t> units,
                std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

}  // namespace sorn::kernels
