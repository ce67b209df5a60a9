// An index of the synapses of a SynapseMatrix by presynaptic unit.
#pragma once

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
  /// An index with room for `length[j]` synapses of each presynaptic unit j, and for at least `more` other synapses of
  /// any units.
  /// @throws ParameterError if that would be 2³² synapses or more
  explicit OutgoingIndex(std::span<const std::uint32_t> length, std::size_t more = 1);

  /// Moves the synapses so that each unit has room again. Allocates; if that fails, nothing changes.
  void make_room();
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

  std::span<const Outgoing> of(std::size_t pre) const noexcept {
    return {synapses_.data() + start_[pre], length_[pre]};
  }
  /// The raw arrays: the synapses of unit j are length[j] ones from synapses[start[j]] on.
  struct Arrays {
    const std::uint32_t* start;
    const std::uint32_t* length;
    const Outgoing* synapses;
  };
  Arrays arrays() const noexcept { return {start_.data(), length_.data(), synapses_.data()}; }
  /// Prefetches the synapses of `pre` into the cache.
  void prefetch(std::size_t pre) const noexcept {
    const char* const first = reinterpret_cast<const char*>(synapses_.data() + start_[pre]);
    __builtin_prefetch(first);
    __builtin_prefetch(first + 64);
    __builtin_prefetch(first + 128);
  }
  std::size_t memory() const noexcept;

private:
  bool has_room_to_move(std::size_t length) const noexcept;
  Outgoing* find(std::size_t pre, std::uint32_t post) noexcept;

  AlignedVector<std::uint32_t> start_, length_, room_;  // n_pre
  AlignedVector<Outgoing> synapses_;
  std::size_t used_ = 0;  // the rest of synapses_ is for units that need more room
};

}  // namespace sorn
