// The columns of some consecutive postsynaptic units, which one thread works on.
#pragma once

#include "core/synapse_log.hpp"
#include "kernels/columns.hpp"
#include "kernels/outgoing.hpp"
#include "support/aligned.hpp"

#include <sorn/synapses.hpp>
#include <sorn/unit_range.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// A part of a SynapseMatrix: the incoming synapses of the units `posts`, in its own memory. Units have the same
/// numbers as in the matrix.
class SynapseSlice {
public:
  using Column = SynapseMatrix::Column;

  /// A slice with `length[i]` synapses of its i-th unit, whose values fill() must set.
  /// @throws ParameterError if it would have 2³² entries or more
  /// @param more  the number of synapses for which a plastic slice has room in any column
  SynapseSlice(std::size_t n_pre, UnitRange posts, std::vector<std::uint32_t> length, Plasticity plasticity,
               std::size_t more = 1);

  /// Calls write(post, pre, weight) for every unit, with spans of the unit's length, to fill its column.
  template <class Write>
  void fill(Write write, std::size_t more = 1, bool all_rows = false) {
    for (std::size_t i = 0; i < length_.size(); ++i) {
      write(posts_.begin + i, std::span(pre_).subspan(start_[i], length_[i]),
            std::span(weight_).subspan(start_[i], length_[i]));
    }
    fill_outgoing(more, all_rows);
  }

  UnitRange posts() const noexcept { return posts_; }
  std::size_t synapse_count() const noexcept { return synapse_count_; }
  Column column(std::size_t post) const noexcept;

  /// As SynapseMatrix::insert(). A log that is given learns of the synapse.
  void insert(std::size_t pre, std::size_t post, double weight, SynapseLog* log);

  /// The raw arrays for kernels.
  kernels::Columns columns() noexcept;
  kernels::ConstColumns columns() const noexcept;  ///< The same, read-only.

  /// The same, but a synapse that exists gets the weight.
  void insert_or_set(std::size_t pre, std::size_t post, double weight, SynapseLog* log);

  /// True only if `more` synapses can be inserted anywhere without allocating.
  bool has_spare_room(std::size_t more) const noexcept;
  void make_room(std::size_t more = 1);  ///< Allocates, so that `more` synapses can be inserted anywhere.
  /// The same, if there is too little room.
  void require_room(std::size_t more) {
    if (!has_spare_room(more)) make_room(more);
  }

  /// Whether each presynaptic unit has a row in the index.
  bool indexes_all_rows() const noexcept { return outgoing_.has_all_rows(); }
  /// Gives it one, for good, and the index room for `more` synapses of any units. Allocates.
  void index_all_rows(std::size_t more = 1) { fill_outgoing(more, true); }

  /// Removes the synapses whose weight is not above 0 from the listed columns, which are numbered within the slice. A
  /// column may be listed more than once. A log that is given learns of the synapses. Does not allocate.
  void remove_gone(std::span<const std::uint32_t> columns, SynapseLog* log) noexcept;

  std::size_t memory() const noexcept;

private:
  std::size_t n_post() const noexcept { return length_.size(); }
  bool is_all_to_all() const noexcept { return synapse_count_ == n_pre_ * n_post(); }
  void lay_out_columns(std::size_t more);
  void fill_outgoing(std::size_t more, bool all_rows);
  void refill_outgoing() noexcept;
  Column local_column(std::size_t i) const noexcept;
  bool has_room_to_move(std::size_t length) const noexcept;
  bool has_room(std::size_t i) const noexcept;
  void move_column(std::size_t i) noexcept;
  void close_gaps(std::size_t i, bool repair_index, SynapseLog* log) noexcept;

  Plasticity plasticity_;
  std::size_t n_pre_;
  UnitRange posts_;
  std::size_t synapse_count_ = 0;

  // Column i has length_[i] entries of pre_ and weight_ from start_[i] on, and room for room_[i]. The entries from
  // used_ on are for columns that need more room.
  std::vector<std::uint32_t> start_, length_, room_;
  AlignedVector<std::uint32_t> pre_;
  AlignedVector<double> weight_;
  std::vector<std::uint8_t> settled_;  // 1 if dividing the column by its sum changes nothing
  std::size_t used_ = 0;
  OutgoingIndex outgoing_;  // only for a plastic matrix; its units are numbered within the slice
};

}  // namespace sorn
