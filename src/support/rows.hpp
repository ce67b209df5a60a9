// Checks of tables at compile time.
#pragma once

#include <functional>

namespace sorn {

/// Whether `of`, such as a pointer to a member, has another value for each row.
template <class Rows, class Of>
constexpr bool distinct(const Rows& rows, Of of) {
  for (const auto& row : rows) {
    for (const auto& other : rows) {
      if (&other != &row && std::invoke(of, other) == std::invoke(of, row)) return false;
    }
  }
  return true;
}

}  // namespace sorn
