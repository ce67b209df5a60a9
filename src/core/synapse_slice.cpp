#include "core/synapse_slice.hpp"

#include "support/room.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sorn {

SynapseSlice::SynapseSlice(std::size_t n_pre, UnitRange posts, std::vector<std::uint32_t> length, Plasticity plasticity,
                           std::size_t more)
    : plasticity_(plasticity),
      n_pre_(n_pre),
      posts_(posts),
      synapse_count_(std::accumulate(length.begin(), length.end(), std::size_t{0})),
      length_(std::move(length)) {
  lay_out_columns(more);
}

void SynapseSlice::lay_out_columns(std::size_t more) {
  start_.resize(n_post());
  room_.resize(n_post());
  used_ = 0;
  const std::size_t extra = plasticity_ == Plasticity::plastic ? 1 : 0;
  for (std::size_t i = 0; i < n_post(); ++i) {
    start_[i] = static_cast<std::uint32_t>(used_);
    room_[i] = static_cast<std::uint32_t>(kernels::in_blocks(length_[i] + extra));
    used_ += room_[i];
  }
  const std::size_t longest = length_.empty() ? 0 : *std::max_element(length_.begin(), length_.end());
  const std::size_t moves = more > 1 ? more * kernels::in_blocks(roomier(longest + more)) : 0;
  const std::size_t entries = checked_entries(used_ + extra * (kernels::in_blocks(reserve(used_)) + moves));
  pre_.assign(entries, 0);
  weight_.assign(entries, 0.0);
  settled_.assign(n_post(), 0);
}

void SynapseSlice::fill_outgoing(std::size_t more, bool all_rows) {
  if (plasticity_ == Plasticity::fixed) return;
  RowNumbers rows = all_rows ? RowNumbers::all(n_pre_) : RowNumbers(n_pre_, synapse_count_);
  const auto for_each_pre = [&](auto visit) {
    for (std::size_t i = 0; i < n_post(); ++i) {
      for (const std::uint32_t j : local_column(i).pre) visit(j);
    }
  };
  for_each_pre([&](std::uint32_t j) { rows.mark(j); });
  rows.number();
  std::vector<std::uint32_t> length(rows.rows(), 0);
  for_each_pre([&](std::uint32_t j) { ++length[rows.of(j)]; });
  outgoing_ = OutgoingIndex(std::move(rows), length, more);
  refill_outgoing();
}

void SynapseSlice::refill_outgoing() noexcept {
  outgoing_.clear();
  for (std::size_t i = 0; i < n_post(); ++i) {
    for (std::uint32_t entry = start_[i]; entry < start_[i] + length_[i]; ++entry) {
      outgoing_.add(pre_[entry], Outgoing::at(entry, static_cast<std::uint32_t>(i)));
    }
  }
}

SynapseSlice::Column SynapseSlice::local_column(std::size_t i) const noexcept {
  return {{pre_.data() + start_[i], length_[i]}, {weight_.data() + start_[i], length_[i]}};
}

SynapseSlice::Column SynapseSlice::column(std::size_t post) const noexcept { return local_column(post - posts_.begin); }

void SynapseSlice::insert(std::size_t pre, std::size_t post, double weight, SynapseLog* log) {
  const std::size_t i = post - posts_.begin;
  if (!has_room(i)) make_room();
  if (!outgoing_.has_room(pre)) outgoing_.make_room();
  if (length_[i] == room_[i]) move_column(i);
  std::uint32_t place = start_[i] + length_[i];
  for (; place > start_[i] && pre_[place - 1] > pre; --place) {
    pre_[place] = pre_[place - 1];
    weight_[place] = weight_[place - 1];
    outgoing_.move(pre_[place], static_cast<std::uint32_t>(i), place);
  }
  pre_[place] = static_cast<std::uint32_t>(pre);
  weight_[place] = weight;
  outgoing_.add(pre, Outgoing::at(place, static_cast<std::uint32_t>(i)));
  ++length_[i];
  ++synapse_count_;
  settled_[i] = 0;
  if (log != nullptr) log->add(pre, post, true);
}

bool SynapseSlice::has_room_to_move(std::size_t length) const noexcept {
  return used_ + kernels::in_blocks(roomier(length)) <= weight_.size();
}

bool SynapseSlice::has_room(std::size_t i) const noexcept {
  return length_[i] < room_[i] || has_room_to_move(length_[i]);
}

void SynapseSlice::move_column(std::size_t i) noexcept {
  const auto to = static_cast<std::uint32_t>(used_);
  const std::uint32_t from = start_[i];
  room_[i] = static_cast<std::uint32_t>(kernels::in_blocks(roomier(length_[i])));
  used_ += room_[i];
  start_[i] = to;
  for (std::uint32_t k = 0; k < length_[i]; ++k) {
    pre_[to + k] = pre_[from + k];
    weight_[to + k] = weight_[from + k];
    outgoing_.move(pre_[to + k], static_cast<std::uint32_t>(i), to + k);
  }
}

void SynapseSlice::insert_or_set(std::size_t pre, std::size_t post, double weight, SynapseLog* log) {
  const std::size_t i = post - posts_.begin;
  const auto column_pre = local_column(i).pre;
  const auto place = std::lower_bound(column_pre.begin(), column_pre.end(), pre);
  if (place == column_pre.end() || *place != pre) return insert(pre, post, weight, log);
  weight_[start_[i] + static_cast<std::size_t>(place - column_pre.begin())] = weight;
  settled_[i] = 0;
}

/// Each insertion moves at most one column, which may have become longer by the insertions before.
bool SynapseSlice::has_spare_room(std::size_t more) const noexcept {
  const std::size_t longest = longest_full(length_, room_, more) + more - 1;
  return used_ + more * kernels::in_blocks(roomier(longest)) <= weight_.size() && outgoing_.has_spare_room(more);
}

void SynapseSlice::make_room(std::size_t more) {
  SynapseSlice roomy(n_pre_, posts_, length_, plasticity_, more);
  roomy.settled_ = settled_;
  roomy.fill(
      [this](std::size_t post, std::span<std::uint32_t> pre, std::span<double> weight) {
        const Column from = column(post);
        std::copy(from.pre.begin(), from.pre.end(), pre.begin());
        std::copy(from.weight.begin(), from.weight.end(), weight.begin());
      },
      more, outgoing_.has_all_rows());
  *this = std::move(roomy);
}

void SynapseSlice::remove_gone(std::span<const std::uint32_t> columns, SynapseLog* log) noexcept {
  // Closing a gap moves half a column on average, and finding each moved entry in the index reads half a row. If this
  // is more work than filling the index again, the index is filled again.
  const std::size_t column = 1 + synapse_count_ / std::max<std::size_t>(1, n_post()) / 2;
  const std::size_t row = 1 + synapse_count_ / std::max<std::size_t>(1, n_pre_) / 2;
  const bool repair = columns.size() * column * row / 8 <= synapse_count_;
  for (const std::uint32_t i : columns) close_gaps(i, repair, log);
  if (!repair) refill_outgoing();
}

void SynapseSlice::close_gaps(std::size_t i, bool repair_index, SynapseLog* log) noexcept {
  const std::uint32_t end = start_[i] + length_[i];
  std::uint32_t kept = start_[i];
  for (std::uint32_t entry = start_[i]; entry < end; ++entry) {
    const double weight = weight_[entry];
    const std::uint32_t pre = pre_[entry];
    weight_[entry] = 0.0;
    if (!(weight > 0.0)) {
      if (repair_index) outgoing_.remove(pre, static_cast<std::uint32_t>(i));
      if (log != nullptr) log->add(pre, posts_.begin + i, false);
      continue;
    }
    if (repair_index && kept != entry) outgoing_.move(pre, static_cast<std::uint32_t>(i), kept);
    weight_[kept] = weight;
    pre_[kept++] = pre;
  }
  synapse_count_ -= end - kept;
  length_[i] = kept - start_[i];
}

std::size_t SynapseSlice::memory() const noexcept {
  const std::size_t indices = start_.capacity() + length_.capacity() + room_.capacity() + pre_.capacity();
  return weight_.capacity() * sizeof(double) + indices * sizeof(std::uint32_t) + settled_.capacity() +
         outgoing_.memory();
}

kernels::Columns SynapseSlice::columns() noexcept {
  return {n_pre_,         n_post(),        posts_.begin, is_all_to_all(), start_.data(),
          length_.data(), settled_.data(), pre_.data(),  weight_.data(),  &outgoing_};
}

kernels::ConstColumns SynapseSlice::columns() const noexcept {
  return {n_pre_,         n_post(),    posts_.begin,   is_all_to_all(), start_.data(),
          length_.data(), pre_.data(), weight_.data(), &outgoing_};
}

}  // namespace sorn
