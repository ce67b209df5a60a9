// Synaptic scaling of a growing matrix, W_EE (docs/model.md, step 9; Lazar, Pipa & Triesch 2009).
//   Every column is divided by its sum, taken in ascending presynaptic index. A column whose sum is 0 stays.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Memory that scale_columns() works in, for n_post columns.
struct ScalingScratch {
  explicit ScalingScratch(std::size_t n_post) : unsettled(n_post), order(n_post), gone(n_post) {}
  std::vector<std::uint32_t> unsettled, order, gone;
};

/// Columns marked as settled are skipped: the last division changed none of their weights and nothing has touched
/// them since, so that dividing again would change nothing either. That is exact, not an approximation.
/// @returns the columns in which a weight underflowed to 0, for the caller to remove
std::span<const std::uint32_t> scale_columns(const Columns& synapses, ScalingScratch& scratch) noexcept;

}  // namespace sorn::kernels
