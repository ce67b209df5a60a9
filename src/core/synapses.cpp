#include <sorn/synapses.hpp>

#include "core/room.hpp"
#include "kernels/columns.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace sorn {

SynapseMatrix::SynapseMatrix(std::size_t n_pre, std::size_t n_post) : n_pre_(n_pre), length_(n_post, 0) {
  lay_out_columns();
  fill_outgoing();
}

SynapseMatrix SynapseMatrix::from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                                        Plasticity plasticity) {
  std::vector<std::size_t> start(n_post + 1, 0);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) start[i + 1] += dense[j * n_post + i] != 0.0 ? 1U : 0U;
  }
  for (std::size_t i = 0; i < n_post; ++i) start[i + 1] += start[i];
  std::vector<std::uint32_t> pre(start.back());
  std::vector<double> weight(start.back());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) {
      const double w = dense[j * n_post + i];
      if (w == 0.0) continue;
      pre[next[i]] = static_cast<std::uint32_t>(j);
      weight[next[i]++] = w;
    }
  }
  return from_columns(start, pre, weight, n_pre, plasticity);
}

SynapseMatrix SynapseMatrix::from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                          std::span<const double> weight, std::size_t n_pre, Plasticity plasticity,
                                          std::string_view name) {
  if (start.empty() || start.front() != 0 || start.back() != pre.size() || pre.size() != weight.size() ||
      !std::is_sorted(start.begin(), start.end())) {
    throw ShapeError(
        fmt::format("{}: compressed columns of {} indices and {} weights", name, pre.size(), weight.size()),
        "column starts must ascend from 0 to the number of entries");
  }
  SynapseMatrix matrix;
  matrix.plasticity_ = plasticity;
  matrix.n_pre_ = n_pre;
  matrix.length_.assign(start.size() - 1, 0);
  for (std::size_t i = 0; i + 1 < start.size(); ++i) {
    const auto column = pre.subspan(start[i], start[i + 1] - start[i]);
    const bool ascending = std::adjacent_find(column.begin(), column.end(), std::greater_equal<>{}) == column.end();
    if (!ascending || (!column.empty() && column.back() >= n_pre)) {
      throw StateError(fmt::format("{}: column {}", name, i),
                       fmt::format("presynaptic indices must ascend without repetition below {}", n_pre));
    }
    const auto weights = weight.subspan(start[i], column.size());
    const auto synapses = std::count_if(weights.begin(), weights.end(), [](double w) { return w != 0.0; });
    matrix.length_[i] = static_cast<std::uint32_t>(synapses);
    matrix.synapse_count_ += static_cast<std::size_t>(synapses);
  }
  matrix.lay_out_columns();
  for (std::size_t i = 0; i < matrix.n_post(); ++i) {
    std::size_t entry = matrix.start_[i];
    for (std::size_t k = start[i]; k < start[i + 1]; ++k) {
      if (weight[k] == 0.0) continue;
      matrix.pre_[entry] = pre[k];
      matrix.weight_[entry++] = weight[k];
    }
  }
  if (plasticity == Plasticity::plastic) matrix.fill_outgoing();
  return matrix;
}

SynapseMatrix SynapseMatrix::laid_out_for(Plasticity plasticity) const {
  SynapseMatrix matrix;
  matrix.plasticity_ = plasticity;
  matrix.n_pre_ = n_pre_;
  matrix.synapse_count_ = synapse_count_;
  matrix.length_ = length_;
  matrix.lay_out_columns();
  matrix.settled_ = settled_;
  for (std::size_t i = 0; i < n_post(); ++i) {
    const Column c = column(i);
    std::copy(c.pre.begin(), c.pre.end(), matrix.pre_.begin() + matrix.start_[i]);
    std::copy(c.weight.begin(), c.weight.end(), matrix.weight_.begin() + matrix.start_[i]);
  }
  if (plasticity == Plasticity::plastic) matrix.fill_outgoing();
  return matrix;
}

void SynapseMatrix::lay_out_columns() {
  start_.resize(n_post());
  room_.resize(n_post());
  used_ = 0;
  const std::size_t extra = plasticity_ == Plasticity::plastic ? 1 : 0;
  for (std::size_t i = 0; i < n_post(); ++i) {
    start_[i] = static_cast<std::uint32_t>(used_);
    room_[i] = static_cast<std::uint32_t>(kernels::in_blocks(length_[i] + extra));
    used_ += room_[i];
  }
  const std::size_t entries = checked_entries(used_ + extra * kernels::in_blocks(reserve(used_)));
  pre_.assign(entries, 0);
  weight_.assign(entries, 0.0);
  settled_.assign(n_post(), 0);
}

void SynapseMatrix::fill_outgoing() {
  std::vector<std::uint32_t> length(n_pre_, 0);
  for (std::size_t i = 0; i < n_post(); ++i) {
    for (const std::uint32_t j : column(i).pre) ++length[j];
  }
  outgoing_ = OutgoingIndex(length);
  refill_outgoing();
}

void SynapseMatrix::refill_outgoing() noexcept {
  outgoing_.clear();
  for (std::size_t i = 0; i < n_post(); ++i) {
    for (std::uint32_t entry = start_[i]; entry < start_[i] + length_[i]; ++entry) {
      outgoing_.add(pre_[entry], Outgoing::at(entry, static_cast<std::uint32_t>(i)));
    }
  }
}

SynapseMatrix::Column SynapseMatrix::column(std::size_t post) const noexcept {
  return {{pre_.data() + start_[post], length_[post]}, {weight_.data() + start_[post], length_[post]}};
}

void SynapseMatrix::to_dense(std::span<double> dense) const noexcept {
  std::fill(dense.begin(), dense.end(), 0.0);
  for (std::size_t i = 0; i < n_post(); ++i) {
    const Column c = column(i);
    for (std::size_t k = 0; k < c.pre.size(); ++k) dense[c.pre[k] * n_post() + i] = c.weight[k];
  }
}

bool SynapseMatrix::equals_dense(std::span<const double> dense) const noexcept {
  // All our synapses are there, and there are no others.
  for (std::size_t i = 0; i < n_post(); ++i) {
    const Column c = column(i);
    for (std::size_t k = 0; k < c.pre.size(); ++k) {
      if (dense[c.pre[k] * n_post() + i] != c.weight[k]) return false;
    }
  }
  const auto others = std::count_if(dense.begin(), dense.end(), [](double w) { return w != 0.0; });
  return static_cast<std::size_t>(others) == synapse_count_;
}

void SynapseMatrix::insert(std::size_t pre, std::size_t post, double weight) {
  if (!has_room(post)) make_room();
  if (!outgoing_.has_room(pre)) outgoing_.make_room();
  if (length_[post] == room_[post]) move_column(post);
  std::uint32_t place = start_[post] + length_[post];
  for (; place > start_[post] && pre_[place - 1] > pre; --place) {
    pre_[place] = pre_[place - 1];
    weight_[place] = weight_[place - 1];
    outgoing_.move(pre_[place], static_cast<std::uint32_t>(post), place);
  }
  pre_[place] = static_cast<std::uint32_t>(pre);
  weight_[place] = weight;
  outgoing_.add(pre, Outgoing::at(place, static_cast<std::uint32_t>(post)));
  ++length_[post];
  ++synapse_count_;
  settled_[post] = 0;
}

bool SynapseMatrix::has_room_to_move(std::size_t length) const noexcept {
  return used_ + kernels::in_blocks(roomier(length)) <= weight_.size();
}

bool SynapseMatrix::has_room(std::size_t post) const noexcept {
  return length_[post] < room_[post] || has_room_to_move(length_[post]);
}

void SynapseMatrix::move_column(std::size_t post) noexcept {
  const auto to = static_cast<std::uint32_t>(used_);
  const std::uint32_t from = start_[post];
  room_[post] = static_cast<std::uint32_t>(kernels::in_blocks(roomier(length_[post])));
  used_ += room_[post];
  start_[post] = to;
  for (std::uint32_t k = 0; k < length_[post]; ++k) {
    pre_[to + k] = pre_[from + k];
    weight_[to + k] = weight_[from + k];
    outgoing_.move(pre_[to + k], static_cast<std::uint32_t>(post), to + k);
  }
}

bool SynapseMatrix::has_spare_room() const noexcept {
  return has_room_to_move(longest_full(length_, room_)) && outgoing_.has_spare_room();
}

void SynapseMatrix::make_room() { *this = laid_out_for(plasticity_); }

void SynapseMatrix::remove_gone(std::span<const std::uint32_t> posts) noexcept {
  // Closing a gap moves half a column, and each entry that moves is looked for in half a row. Where that would be more
  // work than filling the index again, it is filled again.
  const std::size_t column = 1 + synapse_count_ / std::max<std::size_t>(1, n_post()) / 2;
  const std::size_t row = 1 + synapse_count_ / std::max<std::size_t>(1, n_pre_) / 2;
  const bool repair = posts.size() * column * row / 8 <= synapse_count_;
  for (const std::uint32_t post : posts) close_gaps(post, repair);
  if (!repair) refill_outgoing();
}

void SynapseMatrix::close_gaps(std::size_t post, bool repair_index) noexcept {
  const std::uint32_t end = start_[post] + length_[post];
  std::uint32_t kept = start_[post];
  for (std::uint32_t entry = start_[post]; entry < end; ++entry) {
    const double weight = weight_[entry];
    const std::uint32_t pre = pre_[entry];
    weight_[entry] = 0.0;
    if (!(weight > 0.0)) {
      if (repair_index) outgoing_.remove(pre, static_cast<std::uint32_t>(post));
      continue;
    }
    if (repair_index && kept != entry) outgoing_.move(pre, static_cast<std::uint32_t>(post), kept);
    weight_[kept] = weight;
    pre_[kept++] = pre;
  }
  synapse_count_ -= end - kept;
  length_[post] = kept - start_[post];
}

bool SynapseMatrix::operator==(const SynapseMatrix& other) const noexcept {
  if (n_pre_ != other.n_pre_ || length_ != other.length_) return false;
  for (std::size_t i = 0; i < n_post(); ++i) {
    const Column a = column(i);
    const Column b = other.column(i);
    if (!std::equal(a.pre.begin(), a.pre.end(), b.pre.begin())) return false;
    if (!std::equal(a.weight.begin(), a.weight.end(), b.weight.begin())) return false;
  }
  return true;
}

std::size_t SynapseMatrix::memory() const noexcept {
  const std::size_t indices = start_.capacity() + length_.capacity() + room_.capacity() + pre_.capacity();
  return weight_.capacity() * sizeof(double) + indices * sizeof(std::uint32_t) + settled_.capacity() +
         outgoing_.memory();
}

kernels::Columns SynapseMatrix::columns() noexcept {
  return {n_pre_, n_post(), start_.data(), length_.data(), settled_.data(), pre_.data(), weight_.data(), &outgoing_};
}

kernels::ConstColumns SynapseMatrix::columns() const noexcept {
  return {n_pre_, n_post(), start_.data(), length_.data(), pre_.data(), weight_.data(), &outgoing_};
}

}  // namespace sorn
