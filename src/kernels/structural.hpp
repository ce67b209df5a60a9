// Structural plasticity of W_EE (docs/model.md, step 7; Zheng, Dimitrakakis & Triesch 2013).
//   With a small probability, one absent ordered pair (j, i), j ≠ i, chosen uniformly, gets a weak synapse.
#pragma once

#include "kernels/columns.hpp"

#include <cstdint>
#include <optional>

namespace sorn::kernels {

struct Pair {
  std::size_t pre;
  std::size_t post;
};

/// The absent pair that the random number `word` (uniform over 64 bits) points at; nothing if all pairs have
/// synapses. Absent pairs are numbered column by column in ascending presynaptic index, so that the choice depends on
/// the matrix and the number alone. W_EE is square and its diagonal is never chosen.
std::optional<Pair> absent_pair(const ConstColumns& synapses, std::uint64_t word) noexcept;

}  // namespace sorn::kernels
