// Recurrent drive: the input of a population through its synapses (docs/model.md, steps 1 and 4).
//   drive_i = Σ_j W[j][i]·a_j, summed from 0 in ascending presynaptic index j.
// Only units that fired contribute, so the kernels visit the outgoing synapses of these units. `active` lists the units
// in ascending order, so that every drive_i receives its terms in the order of the definition. Adding the terms W·0 as
// well would not change a sum of non-negative terms, not even in the last bit.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/row_numbers.hpp"
#include "support/aligned.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::kernels {

/// The drive through a plastic matrix. `drive` has n_post values.
void push_drive(const ConstColumns& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

/// Outgoing synapses, row by row: the transpose of a matrix whose weights never change.
struct Rows {
  bool all_to_all = false;
  RowNumbers numbers;
  AlignedVector<std::size_t> start;   // of each row, and the end of the last
  AlignedVector<std::uint32_t> post;  // ascending within a row; empty if all_to_all
  AlignedVector<double> weight;
};

Rows transposed(const ConstColumns& synapses);

/// The drive through a matrix that never changes.
void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

}  // namespace sorn::kernels
