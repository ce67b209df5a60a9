#include "kernels/outgoing.hpp"

#include "support/room.hpp"

#include <algorithm>
#include <utility>

namespace sorn {

namespace {
/// Kernels read whole vectors, which may end this many synapses after the last row.
constexpr std::size_t readable_beyond = 8;
}  // namespace

OutgoingIndex::OutgoingIndex(RowNumbers rows, std::span<const std::uint32_t> length, std::size_t more)
    : rows_(std::move(rows)) {
  const std::size_t free_rows = rows_.are_all() ? 0 : reserve(length.size()) + more * RowNumbers::most_added;
  start_.resize(length.size() + free_rows);
  length_.assign(start_.size(), 0);
  room_.assign(start_.size(), 0);
  const std::size_t first = rows_.are_all() ? 0 : 1;  // row 0 of the units without a row has no room
  for (std::size_t r = first; r < length.size(); ++r) {
    start_[r] = static_cast<std::uint32_t>(used_);
    room_[r] = length[r] + 1;
    used_ += room_[r];
  }
  const std::size_t longest = length.empty() ? 0 : *std::max_element(length.begin(), length.end());
  const std::size_t moves = more > 1 ? more * roomier(longest + more) : 0;
  synapses_.resize(checked_entries(used_ + reserve(used_) + moves + readable_beyond));
}

void OutgoingIndex::make_room() {
  RowNumbers rows = rows_;
  rows.number();
  std::vector<std::uint32_t> length(rows.rows(), 0);
  rows_.for_each(start_.size(), [&](std::size_t pre, std::size_t r) { length[rows.of(pre)] = length_[r]; });
  OutgoingIndex roomy(std::move(rows), length);
  rows_.for_each(start_.size(), [&](std::size_t pre, std::size_t r) {
    for (const Outgoing synapse : row(r)) roomy.add(pre, synapse);
  });
  *this = std::move(roomy);
}

void OutgoingIndex::clear() noexcept { std::fill(length_.begin(), length_.end(), 0); }

bool OutgoingIndex::has_room_to_move(std::size_t length) const noexcept {
  return used_ + roomier(length) + readable_beyond <= synapses_.size();
}

/// Each unit without a row moves the rows of at most one group.
bool OutgoingIndex::has_rows_for(std::size_t units) const noexcept {
  return rows_.are_all() || rows_.rows() + units * RowNumbers::most_added <= start_.size();
}

bool OutgoingIndex::has_room(std::size_t pre) const noexcept {
  const std::size_t r = rows_.of(pre);
  return length_[r] < room_[r] || (has_room_to_move(length_[r]) && (!is_without_row(pre) || has_rows_for(1)));
}

/// Each addition moves at most one row, which may have become longer by the additions before.
bool OutgoingIndex::has_spare_room(std::size_t more) const noexcept {
  const std::size_t longest = longest_full(length_, room_, more) + more - 1;
  return used_ + more * roomier(longest) + readable_beyond <= synapses_.size() && has_rows_for(more);
}

void OutgoingIndex::give_row(std::size_t pre) noexcept {
  const RowNumbers::Move move = rows_.add(pre);
  for (AlignedVector<std::uint32_t>* const values : {&start_, &length_, &room_}) {
    const auto from = values->begin() + static_cast<std::ptrdiff_t>(move.from);
    const auto fresh = std::copy_n(from, move.before, values->begin() + static_cast<std::ptrdiff_t>(move.to));
    *fresh = 0;
    std::copy_n(from + static_cast<std::ptrdiff_t>(move.before), move.after, fresh + 1);
    std::fill_n(from, move.before + move.after, 0);
  }
}

void OutgoingIndex::add(std::size_t pre, Outgoing synapse) noexcept {
  if (is_without_row(pre)) give_row(pre);
  const std::size_t r = rows_.of(pre);
  if (length_[r] == room_[r]) {  // the row moves to a place with more room
    const std::size_t room = roomier(length_[r]);
    std::copy_n(synapses_.data() + start_[r], length_[r], synapses_.data() + used_);
    start_[r] = static_cast<std::uint32_t>(used_);
    room_[r] = static_cast<std::uint32_t>(room);
    used_ += room;
  }
  synapses_[start_[r] + length_[r]++] = synapse;
}

void OutgoingIndex::remove(std::size_t pre, std::uint32_t post) noexcept {
  const std::size_t r = rows_.of(pre);
  *find(pre, post) = synapses_[start_[r] + length_[r] - 1];
  --length_[r];
}

void OutgoingIndex::move(std::size_t pre, std::uint32_t post, std::uint32_t entry) noexcept {
  *find(pre, post) = Outgoing::at(entry, post);
}

Outgoing* OutgoingIndex::find(std::size_t pre, std::uint32_t post) noexcept {
  Outgoing* synapse = synapses_.data() + start_[rows_.of(pre)];
  while (synapse->post() != post) ++synapse;
  return synapse;
}

std::size_t OutgoingIndex::memory() const noexcept {
  return synapses_.capacity() * sizeof(Outgoing) + rows_.memory() +
         (start_.capacity() + length_.capacity() + room_.capacity()) * sizeof(std::uint32_t);
}

namespace kernels {

void ListedRows::look_up() noexcept {
  const RowNumbers& numbers = index_.row_numbers();
  std::size_t found = 0;
  std::size_t looked = 0;
  constexpr std::size_t ahead = 16;
  for (; looked < left_.size() && found < at_once; ++looked) {
    if (looked + ahead < left_.size()) numbers.prefetch(left_[looked + ahead]);
    const std::size_t row = numbers.of(left_[looked]);
    found_units_[found] = left_[looked];
    found_rows_[found] = static_cast<std::uint32_t>(row);
    found += row == 0 ? 0 : 1;
  }
  left_ = left_.subspan(looked);
  units_ = {found_units_, found};
  rows_ = {found_rows_, found};
  for (const std::uint32_t row : rows_) index_.prefetch_place(row);
}

}  // namespace kernels

}  // namespace sorn
