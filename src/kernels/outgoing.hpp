// Where the outgoing synapses of each presynaptic unit are: an index into the columns of a SynapseMatrix.
#pragma once

#include "support/aligned.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// One outgoing synapse, in one word.
struct Outgoing {
  std::uint64_t packed;

  static Outgoing at(std::uint32_t entry, std::uint32_t post) noexcept {
    return {entry | static_cast<std::uint64_t>(post) << 32U};
  }
  /// Where its weight is, in the matrix's storage.
  std::uint32_t entry() const noexcept { return static_cast<std::uint32_t>(packed); }
  /// Whose column that is.
  std::uint32_t post() const noexcept { return static_cast<std::uint32_t>(packed >> 32U); }
};

/// The outgoing synapses of every presynaptic unit, in no particular order within a unit. A SynapseMatrix that grows
/// keeps one in step with its columns, so that a spike visits the synapses of the unit that fired and no others.
class OutgoingIndex {
public:
  OutgoingIndex() = default;
  /// With room for `length[j]` synapses of each presynaptic unit j, and some more.
  /// @throws ParameterError if that would be 2³² or more
  explicit OutgoingIndex(std::span<const std::uint32_t> length);

  /// Lays the units out anew, so that each has room again. Allocates; if that fails, nothing has changed.
  void make_room();
  /// Forgets the synapses, but keeps their room.
  void clear() noexcept;

  /// True if another synapse of `pre` can be added without make_room().
  bool has_room(std::size_t pre) const noexcept;
  /// True if that holds of every unit. May also be false where the last room is just enough.
  bool has_spare_room() const noexcept;
  void add(std::size_t pre, Outgoing synapse) noexcept;
  void remove(std::size_t pre, std::uint32_t post) noexcept;
  /// The synapse pre → post is at another entry now.
  void move(std::size_t pre, std::uint32_t post, std::uint32_t entry) noexcept;

  std::span<const Outgoing> of(std::size_t pre) const noexcept {
    return {synapses_.data() + start_[pre], length_[pre]};
  }
  /// Asks for the synapses of `pre` to be brought into the cache.
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

  std::vector<std::uint32_t> start_, length_, room_;  // n_pre
  AlignedVector<Outgoing> synapses_;
  std::size_t used_ = 0;  // the rest of synapses_ is for units that outgrow their room
};

}  // namespace sorn
