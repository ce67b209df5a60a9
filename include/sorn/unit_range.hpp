// Consecutive units of a population.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sorn {

/// The units from `begin` on and before `end`.
struct UnitRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const noexcept { return end - begin; }
  bool contains(std::size_t unit) const noexcept { return unit >= begin && unit < end; }
  bool operator==(const UnitRange&) const = default;
};

/// How many units a part of a population has, all but the last: a multiple of 16, so that parts share no block of
/// random numbers, and few of the bytes that a processor reads at once.
inline std::size_t part_width(std::size_t units, std::size_t parts) noexcept {
  constexpr std::size_t multiple = 16;
  return (units + parts * multiple - 1) / (parts * multiple) * multiple;
}

/// Part `part` of `parts` ≥ 1 of a range, which all together make up the range. The last ones may be empty.
inline UnitRange part_of(UnitRange units, std::size_t parts, std::size_t part) noexcept {
  const std::size_t width = part_width(units.size(), parts);
  return {std::min(units.begin + part * width, units.end), std::min(units.begin + (part + 1) * width, units.end)};
}

}  // namespace sorn
