// Synaptic scaling of the plastic matrices (docs/model.md, step 9; Lazar, Pipa & Triesch 2009).
//   Every column is divided by its sum, taken in ascending presynaptic index. A column whose sum is 0 stays.
#pragma once

#include "kernels/activity.hpp"
#include "kernels/columns.hpp"
#include "kernels/vanished.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Memory that scale_columns() works in, for n_post columns.
struct ScalingScratch {
  explicit ScalingScratch(std::size_t n_post) : unsettled(n_post + list_padding) {}
  std::vector<std::uint32_t> unsettled;
};

/// Columns that are marked as settled are skipped: the last division did not change their weights, and they have not
/// changed since, so that another division would not change them either. This is exact, not an approximation. Columns
/// in which a weight underflowed to 0 are recorded in `vanished`.
void scale_columns(const Columns& synapses, ScalingScratch& scratch, Vanished& vanished) noexcept;

}  // namespace sorn::kernels
