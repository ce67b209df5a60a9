// Agreement among the ranks of a network: an error of one rank becomes an error of all.
#pragma once

#include <sorn/ranks.hpp>

#include <cstdint>
#include <exception>
#include <vector>

namespace sorn {

/// Collective. Throws on every rank if any rank has an error. A rank with an error throws its own; the others throw
/// that of the lowest such rank, with the same type and with the number of that rank before the message.
/// @param ranks  null: this process alone
void agree(Ranks* ranks, const std::exception_ptr& own);

/// Collective. The numbers of all ranks, in their order. Without ranks only the number of this process.
std::vector<std::uint64_t> numbers_of_all(Ranks* ranks, std::uint64_t own);

/// Collective. Whether the argument is true on any rank.
bool anyone(Ranks* ranks, bool own);

/// Collective. Calls f() on every rank. If it throws on any rank, all ranks throw.
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
