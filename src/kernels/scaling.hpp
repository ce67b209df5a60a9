// Synaptic scaling (docs/model.md, step 9; Lazar, Pipa & Triesch 2009).
//   Every column is divided by its sum, taken in ascending presynaptic index. A column whose sum is 0 stays.
#pragma once

#include "kernels/columns.hpp"

namespace sorn::kernels {

/// Columns marked as settled are skipped: the last division changed none of their weights and nothing has touched
/// them since, so that dividing again would change nothing either. That is exact, not an approximation.
void scale_columns(const Columns& synapses) noexcept;

}  // namespace sorn::kernels
