// A synapse, seen from its presynaptic unit.
#pragma once

#include <cstdint>

namespace sorn {

/// An outgoing synapse in one word.
struct Outgoing {
  std::uint64_t packed;

  static Outgoing at(std::uint32_t entry, std::uint32_t post) noexcept {
    return {entry | static_cast<std::uint64_t>(post) << 32U};
  }
  /// The place of its weight in the storage of the matrix.
  std::uint32_t entry() const noexcept { return static_cast<std::uint32_t>(packed); }
  /// The postsynaptic unit of its column.
  std::uint32_t post() const noexcept { return static_cast<std::uint32_t>(packed >> 32U); }
};

}  // namespace sorn
