// Recurrent drive: what a population receives through its synapses (docs/model.md, steps 1 and 4).
//   drive_i = Σ_j W[j][i]·a_j, summed from 0 in ascending presynaptic index j.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Sums over each column. `activity` has n_pre values 0.0 or 1.0, `drive` n_post; they do not overlap.
/// Adding W·0 leaves a sum of non-negative terms as it is to the last bit, so that silent units need no branch.
void gather_drive(const ConstColumns& synapses, std::span<const double> activity, std::span<double> drive) noexcept;

/// Outgoing synapses, row after row: the transpose of Columns, for weights that never change.
struct Rows {
  std::vector<std::size_t> start;   // n_pre + 1
  std::vector<std::uint32_t> post;  // ascending within a row
  std::vector<double> weight;
};

Rows transposed(const ConstColumns& synapses);

/// The same sums, visiting the active presynaptic units only: `active` lists them in ascending order, so that every
/// drive_i receives its terms in the order of the definition.
void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept;

}  // namespace sorn::kernels
