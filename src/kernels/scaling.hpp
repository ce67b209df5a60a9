// Synaptic scaling of the plastic matrices (docs/model.md, step 9; Lazar, Pipa & Triesch 2009).
//   Every column is divided by its sum, taken in ascending presynaptic index, or by the smallest divisor if the sum is
//   smaller. A column whose sum is 0 stays.
#pragma once

#include "kernels/activity.hpp"
#include "kernels/columns.hpp"
#include "kernels/vanished.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Memory that scale_columns() works in, for n_post columns.
struct ScalingScratch {
  explicit ScalingScratch(std::size_t n_post) : unsettled(n_post + list_padding) {}
  std::vector<std::uint32_t> unsettled;
};

struct Scaling {
  double smallest_divisor = 0.0;
  double low = 0.0;  ///< lower bound of the weights of the matrix
};

/// Columns that are marked as settled are skipped: the last division did not change their weights, and they have not
/// changed since, so that another division would not change them either. This is exact, not an approximation. Columns
/// in which a weight fell below the lower bound, or underflowed to 0, are recorded in `vanished`.
void scale_columns(const Columns& synapses, Scaling scaling, ScalingScratch& scratch, Vanished& vanished) noexcept;

// Scaling by incoming and outgoing sums (docs/variants.md, hartmann2015):
//   W[j][i] = (1 − η)·W[j][i] + η·(W[j][i] / (0.5·a_i + 0.5·b_j)),
// with a_i the sum of column i and b_j the sum of row j, both taken before in ascending index and at least the smallest
// divisor.

/// The smallest divisor of a sum. Half of it is above 0, so that nothing is divided by 0.
inline double least_divisor(double smallest_divisor) noexcept {
  return std::max(smallest_divisor, std::numeric_limits<double>::min());
}

/// Adds the weights of all columns to the sums of their rows, in ascending column. `sums` has n_pre values.
void add_outgoing(const ConstColumns& synapses, std::span<double> sums) noexcept;

/// Makes 0.5·b_j of the sum of each row. The equation multiplies and divides the sums by n_pre, which can change the
/// last bit.
void complete_outgoing(std::span<double> sums, double smallest_divisor) noexcept;

/// @param outgoing  0.5·b_j of each row, over all columns of the matrix: n_pre values
void scale_both_ways(const Columns& synapses, Scaling scaling, double eta, std::span<const double> outgoing,
                     Vanished& vanished) noexcept;

}  // namespace sorn::kernels
