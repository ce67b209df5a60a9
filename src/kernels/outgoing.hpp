// An index of the synapses of a SynapseMatrix by presynaptic unit.
#pragma once

#include "kernels/row_numbers.hpp"
#include "support/aligned.hpp"

#include <sorn/outgoing_synapse.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// The outgoing synapses of every presynaptic unit, in no particular order within a unit. A plastic SynapseMatrix
/// updates the index with its columns, so that a spike visits only the synapses of the unit that fired.
class OutgoingIndex {
public:
  OutgoingIndex() = default;
  /// An index with room for `length[r]` synapses in each row r, and for at least `more` other synapses of any units.
  /// @throws ParameterError if that would be 2³² synapses or more
  OutgoingIndex(RowNumbers rows, std::span<const std::uint32_t> length, std::size_t more = 1);

  /// Moves the synapses so that each unit has room again. Allocates; if that fails, nothing changes.
  void make_room();
  /// Whether each unit has the row of its own number, so that arrays() can be read.
  bool has_all_rows() const noexcept { return rows_.are_all(); }
  /// Removes all synapses, but keeps their room.
  void clear() noexcept;

  /// True if another synapse of `pre` can be added without make_room().
  bool has_room(std::size_t pre) const noexcept;
  /// True if that holds for `more` synapses of any units. It may be false although the room is just enough.
  bool has_spare_room(std::size_t more) const noexcept;
  void add(std::size_t pre, Outgoing synapse) noexcept;
  void remove(std::size_t pre, std::uint32_t post) noexcept;
  /// Records that the synapse pre → post has moved to another entry.
  void move(std::size_t pre, std::uint32_t post, std::uint32_t entry) noexcept;

  std::span<const Outgoing> of(std::size_t pre) const noexcept { return row(rows_.of(pre)); }
  /// The raw arrays, if has_all_rows(): the synapses of unit j are length[j] ones from synapses[start[j]] on.
  struct Arrays {
    const std::uint32_t* start;
    const std::uint32_t* length;
    const Outgoing* synapses;
  };
  Arrays arrays() const noexcept { return {start_.data(), length_.data(), synapses_.data()}; }
  std::span<const Outgoing> row(std::size_t r) const noexcept { return {synapses_.data() + start_[r], length_[r]}; }
  /// Prefetches the synapses of row r into the cache.
  void prefetch_row(std::size_t r) const noexcept {
    const char* const first = reinterpret_cast<const char*>(synapses_.data() + start_[r]);
    __builtin_prefetch(first);
    __builtin_prefetch(first + 64);
    __builtin_prefetch(first + 128);
  }
  /// Prefetches where row r is.
  void prefetch_place(std::size_t r) const noexcept {
    __builtin_prefetch(start_.data() + r);
    __builtin_prefetch(length_.data() + r);
  }
  const RowNumbers& row_numbers() const noexcept { return rows_; }
  std::size_t memory() const noexcept;

private:
  bool is_without_row(std::size_t pre) const noexcept { return !rows_.are_all() && rows_.of(pre) == 0; }
  bool has_rows_for(std::size_t units) const noexcept;
  void give_row(std::size_t pre) noexcept;
  bool has_room_to_move(std::size_t length) const noexcept;
  Outgoing* find(std::size_t pre, std::uint32_t post) noexcept;

  RowNumbers rows_;
  AlignedVector<std::uint32_t> start_, length_, room_;  // by row; if not all units have one, with free rows at the end
  AlignedVector<Outgoing> synapses_;
  std::size_t used_ = 0;  // the rest of synapses_ is for units that need more room
};

namespace kernels {

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

}  // namespace kernels

}  // namespace sorn
