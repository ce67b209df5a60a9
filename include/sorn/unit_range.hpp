// Consecutive units of a population.
#pragma once

#include <algorithm>
#include <cstddef>

namespace sorn {

/// The units from `begin` to before `end`.
struct UnitRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const noexcept { return end - begin; }
  bool contains(std::size_t unit) const noexcept { return unit >= begin && unit < end; }
  bool operator==(const UnitRange&) const = default;
};

/// The number of units in each part of a population except the last ones. It is a multiple of 16, so that parts share
/// no block of random numbers, and few cache lines.
inline std::size_t part_width(std::size_t units, std::size_t parts) noexcept {
  constexpr std::size_t multiple = 16;
  return (units + parts * multiple - 1) / (parts * multiple) * multiple;
}

/// Part `part` of the `parts` ≥ 1 parts of a range. The last parts may be empty.
inline UnitRange part_of(UnitRange units, std::size_t parts, std::size_t part) noexcept {
  const std::size_t width = part_width(units.size(), parts);
  return {std::min(units.begin + part * width, units.end), std::min(units.begin + (part + 1) * width, units.end)};
}

}  // namespace sorn
