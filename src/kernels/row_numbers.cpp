#include "kernels/row_numbers.hpp"

#include <numbers>

namespace sorn {

bool are_of_few(std::size_t synapses, std::size_t units) noexcept {
  return static_cast<double>(synapses) < std::numbers::ln2 * static_cast<double>(units);
}

RowNumbers::RowNumbers(std::size_t units, std::size_t synapses) : rows_(units) {
  if (are_of_few(synapses, units)) groups_.resize(units / group + 1);
}

void RowNumbers::number() noexcept {
  if (are_all()) return;
  rows_ = 1;
  for (Group& own : groups_) {
    own.first = static_cast<std::uint32_t>(rows_);
    rows_ += static_cast<std::size_t>(std::popcount(own.marked));
  }
}

RowNumbers::Move RowNumbers::add(std::size_t unit) noexcept {
  Group& own = groups_[unit / group];
  const auto count = static_cast<std::size_t>(std::popcount(own.marked));
  const auto before = static_cast<std::size_t>(std::popcount(own.marked & (bit(unit) - 1)));
  const Move move{own.first, rows_, before, count - before};
  own.marked |= bit(unit);
  own.first = static_cast<std::uint32_t>(rows_);
  rows_ += count + 1;
  return move;
}

}  // namespace sorn
