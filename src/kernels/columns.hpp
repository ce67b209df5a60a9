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

/// The rows of listed units in an index, some of them at a time. A kernel that looks them up before it visits them
/// waits for the memory of many at the same time.
class ListedRows {
public:
  ListedRows(const OutgoingIndex& index, std::span<const std::uint32_t> units) noexcept
      : index_(index), left_(units), all_(index.has_all_rows()) {}

  /// Goes on to the next units. @returns false after the last one
  bool next() noexcept {
    if (left_.empty()) return false;
    if (all_) {
      units_ = rows_ = left_;
      left_ = {};
    } else {
      look_up();
    }
    return true;
  }
  std::size_t size() const noexcept { return units_.size(); }
  std::uint32_t unit(std::size_t n) const noexcept { return units_[n]; }
  /// The synapses of unit(n). Those of a later one are fetched into the cache.
  std::span<const Outgoing> row(std::size_t n) const noexcept {
    constexpr std::size_t ahead = 4;
    if (n + ahead < rows_.size()) index_.prefetch_row(rows_[n + ahead]);
    return index_.row(rows_[n]);
  }

private:
  /// Sets units_ and rows_, if only some units have rows; leaves out the units without synapses.
  void look_up() noexcept;

  static constexpr std::size_t at_once = 256;

  const OutgoingIndex& index_;
  std::span<const std::uint32_t> left_;
  bool all_;
  std::span<const std::uint32_t> units_{}, rows_{};
  std::uint32_t found_units_[at_once];  // NOLINT(modernize-avoid-c-arrays): not initialised
  std::uint32_t found_rows_[at_once];
};

}  // namespace sorn::kernels
