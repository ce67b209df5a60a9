// The free room in a growing matrix, so that a new synapse needs no allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn {

/// The room of a column or row of `length` that has used up its first room.
constexpr std::size_t roomier(std::size_t length) noexcept { return length + length / 4 + 4; }

/// The length of the longest column or row that has no free room for `more` entries; 0 if all have it.
inline std::uint32_t longest_full(std::span<const std::uint32_t> length, std::span<const std::uint32_t> room,
                                  std::size_t more = 1) noexcept {
  const auto longest_with = [&](auto has_none) {
    std::uint32_t longest = 0;
    for (std::size_t i = 0; i < length.size(); ++i) {
      longest = std::max(longest, has_none(length[i], room[i]) ? length[i] : 0U);
    }
    return longest;
  };
  if (more == 1) return longest_with([](std::uint32_t used, std::uint32_t all) { return used == all; });
  return longest_with([more](std::uint32_t used, std::uint32_t all) { return used + more > all; });
}

/// The largest number of entries, which are counted in 32 bits.
inline constexpr double most_entries = 0x1p32 - 1;

/// Returns its argument if a matrix can have that many entries, including free room. It is called before the entries
/// are allocated.
/// @throws ParameterError
std::size_t checked_entries(std::size_t entries);

/// Free entries after `used` ones, for columns or rows that need more room: a large share for a small matrix, a small
/// share for a large one.
constexpr std::size_t reserve(std::size_t used) noexcept { return std::min(used / 8 + 64, used / 64 + 1024); }

}  // namespace sorn
