// Random weight matrices with columns of many lengths.
#pragma once

#include "helpers/random.hpp"

#include <sorn/synapses.hpp>

namespace sorn::test {

/// Columns of 0 to `longest` synapses (at most n_pre) with weights in (0, `heaviest`); no synapse of a unit onto
/// itself.
inline SynapseMatrix random_matrix(Random& random, std::size_t n_pre, std::size_t n_post, std::size_t longest,
                                   Plasticity plasticity = Plasticity::plastic, double heaviest = 0.2) {
  CompressedColumns columns{.posts = {0, n_post}};
  for (std::size_t i = 0; i < n_post; ++i) {
    const double wanted = static_cast<double>(random.below(longest + 1));
    for (std::size_t j = 0; j < n_pre; ++j) {
      if (i == j || !random.chance(wanted / static_cast<double>(n_pre))) continue;
      columns.pre.push_back(static_cast<std::uint32_t>(j));
      columns.weight.push_back(random.real(1e-6, heaviest));
    }
    columns.start.push_back(columns.pre.size());
  }
  return SynapseMatrix::from_columns(columns, n_pre, n_post, plasticity);
}

inline std::vector<double> dense(const SynapseMatrix& matrix) {
  std::vector<double> values(matrix.n_pre() * matrix.n_post());
  matrix.to_dense(values);
  return values;
}

}  // namespace sorn::test
