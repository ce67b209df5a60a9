// The active units of a population, in the forms that the kernels read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Entries that a list needs in addition to its largest number of indices.
inline constexpr std::size_t list_padding = 16;

/// Writes the indices of the `bytes` that equal `value` into `list`, ascending. `list` has room for all of them and
/// list_padding more.
/// @returns how many there are
std::size_t list_equal(std::span<const std::uint8_t> bytes, std::uint8_t value, std::span<std::uint32_t> list) noexcept;

/// Sets bit i % 64 of word i / 64 to bytes[i] == 1. `words` has room for that; its other bits become 0.
void pack_bits(std::span<const std::uint8_t> bytes, std::span<std::uint64_t> words) noexcept;

/// The inverse of pack_bits().
void unpack_bits(std::span<const std::uint64_t> words, std::span<std::uint8_t> bytes) noexcept;

/// The active units of a population.
class ActiveUnits {
public:
  explicit ActiveUnits(std::size_t n) : list_(n + list_padding) {}

  /// @param activity  0 or 1 for each of the n units
  void assign(std::span<const std::uint8_t> activity) noexcept { count_ = list_equal(activity, 1, list_); }
  /// No unit is active.
  void clear() noexcept { count_ = 0; }
  /// Adds a unit that comes after all others.
  void append(std::uint32_t unit) noexcept { list_[count_++] = unit; }
  /// Adds a unit in its place, unless it is there.
  void insert(std::uint32_t unit) noexcept {
    const auto end = list_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto place = std::lower_bound(list_.begin(), end, unit);
    if (place != end && *place == unit) return;
    std::copy_backward(place, end, end + 1);
    *place = unit;
    ++count_;
  }
  /// The indices of the active units, ascending.
  std::span<const std::uint32_t> list() const noexcept { return std::span(list_).first(count_); }

private:
  std::vector<std::uint32_t> list_;
  std::size_t count_ = 0;
};

}  // namespace sorn::kernels
