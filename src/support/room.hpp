// How much more memory than needed a growing matrix takes, so that a new synapse finds room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn {

/// For a column or row of `length` that has outgrown its first room.
constexpr std::size_t roomier(std::size_t length) noexcept { return length + length / 4 + 4; }

/// The length of the longest column or row that has no room left; 0 if all have.
inline std::uint32_t longest_full(std::span<const std::uint32_t> length, std::span<const std::uint32_t> room) noexcept {
  std::uint32_t longest = 0;
  for (std::size_t i = 0; i < length.size(); ++i) longest = std::max(longest, length[i] == room[i] ? length[i] : 0U);
  return longest;
}

/// Entries are counted in 32 bits.
inline constexpr double most_entries = 0x1p32 - 1;

/// The argument, if a matrix can have that many entries, free room included. Asked before they are allocated.
/// @throws ParameterError
std::size_t checked_entries(std::size_t entries);

/// Entries behind `used` ones, for columns or rows that outgrow their room: much of a small matrix, little of a large.
constexpr std::size_t reserve(std::size_t used) noexcept { return std::min(used / 8 + 64, used / 64 + 1024); }

}  // namespace sorn
