// The raw forms of a SynapseMatrix that kernels work on.
#pragma once

#include <sorn/outgoing.hpp>

#include <cstddef>
#include <cstdint>

namespace sorn::kernels {

// --- a matrix that grows ----------------------------------------------------------------------------------------------

/// Columns begin at multiples of so many entries, and kernels may work through them in whole blocks.
inline constexpr std::uint32_t block = 4;

/// `length` rounded up to whole blocks.
constexpr std::size_t in_blocks(std::size_t length) noexcept { return (length + block - 1) / block * block; }

/// Incoming synapses, each column in one piece. Column i holds length[i] synapses from start[i] on, `pre` ascending.
/// The entries up to the end of its last block are free: their weight is 0, so that a block adds nothing more to a sum
/// and costs no branch. No two arrays overlap.
struct ConstColumns {
  std::size_t n_pre;
  std::size_t n_post;
  const std::uint32_t* start;   ///< n_post
  const std::uint32_t* length;  ///< n_post
  const std::uint32_t* pre;
  const double* weight;
  const OutgoingIndex* outgoing;  ///< the same synapses by presynaptic unit
};

/// The same for kernels that change weights.
struct Columns {
  std::size_t n_pre;
  std::size_t n_post;
  const std::uint32_t* start;
  const std::uint32_t* length;
  std::uint8_t* settled;  ///< n_post: 1 if dividing the column by its sum is known to change nothing
  const std::uint32_t* pre;
  double* weight;
  const OutgoingIndex* outgoing;

  operator ConstColumns() const noexcept {  // NOLINT(google-explicit-constructor): as span<T> to span<const T>
    return {n_pre, n_post, start, length, pre, weight, outgoing};
  }
};

// --- a matrix that does not grow ------------------------------------------------------------------------------------

/// So many columns lie side by side.
inline constexpr std::uint32_t lanes = 8;

/// Incoming synapses, eight columns to a *slice*: the first synapses of all eight, then the second ones, and so on, as
/// many rows as the longest of them has synapses (SELL-C-σ of Kreutzer et al. 2014, doi 10.1137/130930352). Columns of
/// similar length share a slice. Entries beyond the end of a column have the weight 0 and a valid `pre`.
struct ConstSlices {
  std::size_t n_pre;
  std::size_t n_post;
  std::size_t n_slices;
  const std::uint32_t* start;   ///< n_slices: the first entry of each
  const std::uint32_t* height;  ///< n_slices: rows
  const std::uint32_t* unit;    ///< n_post, in the order of slices and lanes: whose column it is
  const std::uint32_t* pre;
  const double* weight;
};

/// The same for kernels that change weights.
struct Slices {
  std::size_t n_pre;
  std::size_t n_post;
  std::size_t n_slices;
  const std::uint32_t* start;
  const std::uint32_t* height;
  const std::uint32_t* unit;
  std::uint8_t* settled;  ///< n_slices: 1 if dividing each column by its sum is known to change nothing
  const std::uint32_t* pre;
  double* weight;

  operator ConstSlices() const noexcept {  // NOLINT(google-explicit-constructor): as span<T> to span<const T>
    return {n_pre, n_post, n_slices, start, height, unit, pre, weight};
  }
};

/// How many columns the slice has: `lanes`, or fewer in the last one.
inline std::size_t columns_of(const ConstSlices& synapses, std::size_t slice) noexcept {
  const std::size_t left = synapses.n_post - slice * lanes;
  return left < lanes ? left : lanes;
}

}  // namespace sorn::kernels
