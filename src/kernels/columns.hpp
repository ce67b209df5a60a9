// The raw form of a SynapseMatrix that kernels work on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sorn::kernels {

/// Incoming synapses, column after column. Column i holds length[i] synapses from start[i] on, `pre` ascending.
/// No two arrays overlap.
struct ConstColumns {
  std::size_t n_pre;
  std::size_t n_post;
  const std::size_t* start;     ///< n_post + 1
  const std::uint32_t* length;  ///< n_post
  const std::uint32_t* pre;
  const double* weight;
};

/// The same for kernels that change weights or remove synapses.
struct Columns {
  std::size_t n_pre;
  std::size_t n_post;
  const std::size_t* start;
  std::uint32_t* length;
  std::uint8_t* settled;  ///< n_post: 1 if dividing the column by its sum is known to change nothing
  std::uint32_t* pre;
  double* weight;

  operator ConstColumns() const noexcept {  // NOLINT(google-explicit-constructor): as span<T> to span<const T>
    return {n_pre, n_post, start, length, pre, weight};
  }
};

}  // namespace sorn::kernels
