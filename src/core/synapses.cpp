#include <sorn/synapses.hpp>

#include "kernels/columns.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sorn {

namespace {

/// How many entries a column of `length` synapses gets: if it may grow, half as many again, and never fewer than eight
/// more, but not more than there are presynaptic units.
std::size_t room(std::size_t length, std::size_t n_pre, Growth growth) {
  const std::size_t most = growth == Growth::fixed ? length : length + std::max<std::size_t>(8, length / 2);
  return kernels::in_blocks(std::min(most, n_pre));
}

}  // namespace

SynapseMatrix::SynapseMatrix(std::size_t n_pre, std::size_t n_post)
    : n_pre_(n_pre), start_(n_post + 1, 0), length_(n_post, 0), settled_(n_post, 0) {}

SynapseMatrix SynapseMatrix::from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                                        Growth growth) {
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
  return from_columns(start, pre, weight, n_pre, growth);
}

SynapseMatrix SynapseMatrix::from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                          std::span<const double> weight, std::size_t n_pre, Growth growth,
                                          std::string_view name) {
  if (start.empty() || start.front() != 0 || start.back() != pre.size() || pre.size() != weight.size() ||
      !std::is_sorted(start.begin(), start.end())) {
    throw ShapeError(
        fmt::format("{}: compressed columns of {} indices and {} weights", name, pre.size(), weight.size()),
        "column starts must ascend from 0 to the number of entries");
  }
  SynapseMatrix matrix(n_pre, start.size() - 1);
  for (std::size_t i = 0; i + 1 < start.size(); ++i) {
    const auto column = pre.subspan(start[i], start[i + 1] - start[i]);
    const bool ascending = std::adjacent_find(column.begin(), column.end(), std::greater_equal<>{}) == column.end();
    if (!ascending || (!column.empty() && column.back() >= n_pre)) {
      throw StateError(fmt::format("{}: column {}", name, i),
                       fmt::format("presynaptic indices must ascend without repetition below {}", n_pre));
    }
    matrix.start_[i + 1] = matrix.start_[i] + room(column.size(), n_pre, growth);
  }
  matrix.pre_.assign(matrix.start_.back(), 0);
  matrix.weight_.assign(matrix.start_.back(), 0.0);
  for (std::size_t i = 0; i < matrix.n_post(); ++i) {
    std::size_t end = matrix.start_[i];
    for (std::size_t k = start[i]; k < start[i + 1]; ++k) {
      if (weight[k] == 0.0) continue;
      matrix.pre_[end] = pre[k];
      matrix.weight_[end++] = weight[k];
    }
    matrix.length_[i] = static_cast<std::uint32_t>(end - matrix.start_[i]);
  }
  matrix.recount();
  return matrix;
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
  if (start_[post] + length_[post] == start_[post + 1]) make_room();
  std::uint32_t* const first = pre_.data() + start_[post];
  std::uint32_t* const last = first + length_[post];
  std::uint32_t* const place = std::lower_bound(first, last, static_cast<std::uint32_t>(pre));
  double* const weights = weight_.data() + start_[post];
  std::copy_backward(weights + (place - first), weights + (last - first), weights + (last - first) + 1);
  weights[place - first] = weight;
  std::copy_backward(place, last, last + 1);
  *place = static_cast<std::uint32_t>(pre);
  ++length_[post];
  ++synapse_count_;
  settled_[post] = 0;
  // Leave a free place for the next insertion, unless no further synapse is possible.
  if (start_[post] + length_[post] == start_[post + 1] && length_[post] < n_pre_) make_room();
}

void SynapseMatrix::make_room() {
  std::vector<std::size_t> start(start_.size(), 0);
  for (std::size_t i = 0; i < n_post(); ++i) start[i + 1] = start[i] + room(length_[i], n_pre_, Growth::growing);
  std::vector<std::uint32_t> pre(start.back());
  std::vector<double> weight(start.back());
  for (std::size_t i = 0; i < n_post(); ++i) {
    const Column c = column(i);
    std::copy(c.pre.begin(), c.pre.end(), pre.begin() + static_cast<std::ptrdiff_t>(start[i]));
    std::copy(c.weight.begin(), c.weight.end(), weight.begin() + static_cast<std::ptrdiff_t>(start[i]));
  }
  start_ = std::move(start);
  pre_ = std::move(pre);
  weight_ = std::move(weight);
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

kernels::Columns SynapseMatrix::columns() noexcept {
  return {n_pre_, n_post(), start_.data(), length_.data(), settled_.data(), pre_.data(), weight_.data()};
}

kernels::ConstColumns SynapseMatrix::columns() const noexcept {
  return {n_pre_, n_post(), start_.data(), length_.data(), pre_.data(), weight_.data()};
}

void SynapseMatrix::recount() noexcept {
  synapse_count_ = 0;
  for (const std::uint32_t length : length_) synapse_count_ += length;
}

}  // namespace sorn
