// Which row of an index belongs to a unit, if only some units have one.
#pragma once

#include "support/aligned.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace sorn {

/// Whether so many synapses come from less than half of the units, if these are drawn at random: n·(1 - exp(-k/n)).
bool are_of_few(std::size_t synapses, std::size_t units) noexcept;

/// Numbers the rows of an index by presynaptic unit. Where most units have synapses, each unit has the row of its own
/// number. A rank of many has synapses of few units: there only these have rows, and row 0 is the empty row of all
/// others.
class RowNumbers {
public:
  RowNumbers() = default;
  /// @param synapses  how many synapses the index begins with; it decides whether every unit has a row
  RowNumbers(std::size_t units, std::size_t synapses);
  /// Every unit has a row.
  static RowNumbers all(std::size_t units) noexcept {
    RowNumbers rows;
    rows.rows_ = units;
    return rows;
  }

  /// Whether each unit has the row of its own number.
  bool are_all() const noexcept { return groups_.empty(); }
  std::size_t rows() const noexcept { return rows_; }

  /// Marks a unit as one that has a row. Call number() afterwards.
  void mark(std::size_t unit) noexcept {
    if (!are_all()) groups_[unit / group].marked |= bit(unit);
  }
  /// Numbers the rows of the marked units in ascending order.
  void number() noexcept;

  std::size_t of(std::size_t unit) const noexcept {
    if (are_all()) return unit;
    const Group& own = groups_[unit / group];
    const std::uint32_t here = bit(unit);
    if ((own.marked & here) == 0) return 0;
    return own.first + static_cast<std::size_t>(std::popcount(own.marked & (here - 1)));
  }

  /// Prefetches what of() reads, unless are_all().
  void prefetch(std::size_t unit) const noexcept { __builtin_prefetch(groups_.data() + unit / group); }

  /// The rows of one group of units move to the end, which makes place for one more.
  struct Move {
    std::size_t from;    ///< the first row of the group
    std::size_t to;      ///< where it begins now
    std::size_t before;  ///< rows of the group that precede the new one
    std::size_t after;   ///< rows of the group that follow it
  };
  /// Gives a row to a unit that has none.
  Move add(std::size_t unit) noexcept;
  /// The largest number of rows by which that lengthens the index.
  static constexpr std::size_t most_added = 32;

  /// Calls visit(unit, row) for all units that have a row of their own, in ascending order.
  template <class Visit>
  void for_each(std::size_t units, Visit visit) const {
    if (are_all()) {
      for (std::size_t unit = 0; unit < units; ++unit) visit(unit, unit);
      return;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      std::size_t row = groups_[g].first;
      for (std::uint32_t marked = groups_[g].marked; marked != 0; marked &= marked - 1) {
        visit(g * group + static_cast<std::size_t>(std::countr_zero(marked)), row++);
      }
    }
  }

  std::size_t memory() const noexcept { return groups_.capacity() * sizeof(Group); }

private:
  static constexpr std::size_t group = most_added;  // units in one word of marks, whose rows move together
  struct Group {
    std::uint32_t marked = 0;  // a bit for each unit that has a row
    std::uint32_t first = 0;   // the row of the first of them; those of the others follow
  };
  static constexpr std::uint32_t bit(std::size_t unit) noexcept { return std::uint32_t{1} << (unit % group); }

  AlignedVector<Group> groups_;  // empty if every unit has a row
  std::size_t rows_ = 0;
};

}  // namespace sorn
