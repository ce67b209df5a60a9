// Structural plasticity of W_EE (docs/model.md, step 7; Zheng, Dimitrakakis & Triesch 2013).
//   With a small probability, one absent ordered pair (j, i), j ≠ i, chosen uniformly, gets a weak synapse.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>

namespace sorn::kernels {

struct Pair {
  std::size_t pre;
  std::size_t post;
};

/// The number of pairs (j, i), j ≠ i, without a synapse, for the units i of the columns.
std::uint64_t absent_pairs(const ConstColumns& synapses, std::uint64_t synapse_count) noexcept;

/// The absent pair with the number `rank` < absent_pairs(). Absent pairs are numbered column by column in ascending
/// presynaptic index, so that the choice depends only on the matrix and the number, and the slices of a matrix can be
/// counted in sequence. W_EE is square, and its diagonal is never chosen.
Pair absent_pair(const ConstColumns& synapses, std::uint64_t rank) noexcept;

}  // namespace sorn::kernels
