// Which units of a population fire, in the forms that the kernels read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Entries that a list needs beyond its largest number of places.
inline constexpr std::size_t list_padding = 16;

/// Lists the places of `bytes` that are `value`, ascending, into `list`, which has room for all of them and
/// list_padding more.
/// @returns how many there are
std::size_t list_equal(std::span<const std::uint8_t> bytes, std::uint8_t value, std::span<std::uint32_t> list) noexcept;

/// Bit i % 64 of word i / 64 becomes bytes[i] == 1. `words` has room for that; what is left of it becomes 0.
void pack_bits(std::span<const std::uint8_t> bytes, std::span<std::uint64_t> words) noexcept;

/// The inverse of pack_bits().
void unpack_bits(std::span<const std::uint64_t> words, std::span<std::uint8_t> bytes) noexcept;

/// The active units of a population.
class ActiveUnits {
public:
  explicit ActiveUnits(std::size_t n) : list_(n + list_padding) {}

  /// @param activity  0 or 1 for each of the n units
  void assign(std::span<const std::uint8_t> activity) noexcept { count_ = list_equal(activity, 1, list_); }
  /// Their indices, ascending.
  std::span<const std::uint32_t> list() const noexcept { return std::span(list_).first(count_); }

private:
  std::vector<std::uint32_t> list_;
  std::size_t count_ = 0;
};

}  // namespace sorn::kernels
