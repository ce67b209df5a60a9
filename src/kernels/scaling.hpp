// Synaptic scaling (docs/model.md, step 9; Lazar, Pipa & Triesch 2009).
//   Every column is divided by its sum, taken in ascending presynaptic index. A column whose sum is 0 stays.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn::kernels {

/// Memory that scale_columns() works in.
struct ScalingScratch {
  explicit ScalingScratch(std::size_t n_post) : column(n_post), sum(n_post) {}
  std::vector<std::uint32_t> column;
  std::vector<double> sum;
};

/// Columns marked as settled are skipped: the last division changed none of their weights and nothing has touched
/// them since, so that dividing again would change nothing either. That is exact, not an approximation.
/// `scratch` is for n_post columns.
void scale_columns(const Columns& synapses, ScalingScratch& scratch) noexcept;

}  // namespace sorn::kernels
