// Recurrent drive: what a population receives through its synapses (docs/model.md, steps 1 and 4).
//   drive_i = Σ_j W[j][i]·a_j, summed from 0 in ascending presynaptic index j.
// Only the units that fired add anything, so that the sums are pushed from these: `active` lists them in ascending
// order, and every drive_i receives its terms in the order of the definition. Adding W·0 instead would leave a sum of
// non-negative terms as it is to the last bit.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Through a plastic matrix. `drive` has n_post values.
void push_drive(const ConstColumns& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

/// Outgoing synapses, row after row: the transpose of a matrix whose weights never change.
struct Rows {
  bool all_to_all = false;
  std::vector<std::size_t> start;   // n_pre + 1
  std::vector<std::uint32_t> post;  // ascending within a row; empty if all_to_all
  std::vector<double> weight;
};

Rows transposed(const ConstColumns& synapses);

/// Through a matrix that never changes.
void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

}  // namespace sorn::kernels
