// What the ranks of a network must agree on before they go on: an error of one of them is one of all.
#pragma once

#include <sorn/ranks.hpp>

#include <cstdint>
#include <exception>
#include <vector>

namespace sorn {

/// Collective. Throws on every rank if any of them has an error: its own where it has one, and otherwise that of the
/// lowest rank that does, of the same type and with the number of the rank before its message.
/// @param ranks  null: alone
void agree(Ranks* ranks, const std::exception_ptr& own);

/// Collective. The number that each rank gives, in their order. Without ranks the own one alone.
std::vector<std::uint64_t> numbers_of_all(Ranks* ranks, std::uint64_t own);

/// Collective. Whether any rank says so.
bool anyone(Ranks* ranks, bool own);

/// Collective. Calls f() on every rank, and throws on all what any of them threw.
template <class F>
void agreed(Ranks* ranks, F&& f) {
  std::exception_ptr error;
  try {
    f();
  } catch (...) {
    error = std::current_exception();
  }
  agree(ranks, error);
}

}  // namespace sorn
