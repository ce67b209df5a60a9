// The raw arrays of a SynapseMatrix, for kernels.
#pragma once

#include "kernels/outgoing.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::kernels {

/// The number of entries in a block. Columns begin at multiples of it, and kernels may process them in whole blocks.
inline constexpr std::uint32_t block = 4;

/// `length` rounded up to whole blocks.
constexpr std::size_t in_blocks(std::size_t length) noexcept { return (length + block - 1) / block * block; }

/// Incoming synapses of n_post consecutive units. Column i belongs to unit first_post + i of its population. It holds
/// length[i] synapses from start[i] on, with `pre` ascending. The entries after them up to the end of the last block
/// are free; they have weight 0 and any presynaptic unit, so that kernels can treat whole blocks without a branch. No
/// two arrays overlap. If the columns are all to all, each holds every presynaptic unit, so that the synapse of unit j
/// is entry start[i] + j.
struct ConstColumns {
  std::size_t n_pre;
  std::size_t n_post;
  std::size_t first_post;
  bool all_to_all;
  const std::uint32_t* start;   ///< n_post
  const std::uint32_t* length;  ///< n_post
  const std::uint32_t* pre;
  const double* weight;
  const OutgoingIndex* outgoing;  ///< the same synapses by presynaptic unit; only for a plastic matrix
};

/// The same for kernels that change weights.
struct Columns {
  std::size_t n_pre;
  std::size_t n_post;
  std::size_t first_post;
  bool all_to_all;
  const std::uint32_t* start;
  const std::uint32_t* length;
  std::uint8_t* settled;  ///< n_post: 1 if dividing the column by its sum is known to change nothing
  const std::uint32_t* pre;
  double* weight;
  const OutgoingIndex* outgoing;

  operator ConstColumns() const noexcept {  // NOLINT(google-explicit-constructor): as span<T> to span<const T>
    return {n_pre, n_post, first_post, all_to_all, start, length, pre, weight, outgoing};
  }
};

}  // namespace sorn::kernels
