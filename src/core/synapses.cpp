#include <sorn/synapses.hpp>

#include "core/synapse_slice.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace sorn {

namespace {

std::size_t nonzero(std::span<const double> weights) noexcept {
  return static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](double w) { return w != 0.0; }));
}

bool same_values(const SynapseMatrix::Column& a, const SynapseMatrix::Column& b) noexcept {
  return std::equal(a.pre.begin(), a.pre.end(), b.pre.begin(), b.pre.end()) &&
         std::equal(a.weight.begin(), a.weight.end(), b.weight.begin());
}

}  // namespace

SynapseMatrix::SynapseMatrix() noexcept = default;
SynapseMatrix::SynapseMatrix(Plasticity plasticity, std::size_t n_pre, std::size_t n_post, UnitRange posts) noexcept
    : plasticity_(plasticity), n_pre_(n_pre), n_post_(n_post), posts_(posts) {}
SynapseMatrix::SynapseMatrix(std::size_t n_pre, std::size_t n_post)
    : SynapseMatrix(Plasticity::plastic, n_pre, n_post, {0, n_post}) {
  slices_.emplace_back(n_pre, posts_, std::vector<std::uint32_t>(n_post, 0), plasticity_);
  slices_.back().fill([](auto...) {});
}
SynapseMatrix::SynapseMatrix(const SynapseMatrix& other) = default;
SynapseMatrix& SynapseMatrix::operator=(const SynapseMatrix& other) = default;
SynapseMatrix::SynapseMatrix(SynapseMatrix&& other) noexcept = default;
SynapseMatrix& SynapseMatrix::operator=(SynapseMatrix&& other) noexcept = default;
SynapseMatrix::~SynapseMatrix() = default;

SynapseMatrix SynapseMatrix::from_dense(std::span<const double> dense, std::size_t n_pre, std::size_t n_post,
                                        Plasticity plasticity) {
  // Each entry is read only once: if another thread changed the array meanwhile, two passes could disagree.
  struct Synapse {
    std::uint32_t pre, post;
    double weight;
  };
  std::vector<Synapse> synapses;
  std::vector<std::size_t> start(n_post + 1, 0);
  for (std::size_t j = 0; j < n_pre; ++j) {
    for (std::size_t i = 0; i < n_post; ++i) {
      const double w = dense[j * n_post + i];
      if (w == 0.0) continue;
      synapses.push_back({static_cast<std::uint32_t>(j), static_cast<std::uint32_t>(i), w});
      ++start[i + 1];
    }
  }
  for (std::size_t i = 0; i < n_post; ++i) start[i + 1] += start[i];
  std::vector<std::uint32_t> pre(start.back());
  std::vector<double> weight(start.back());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (const Synapse& synapse : synapses) {
    const std::size_t k = next[synapse.post]++;
    pre[k] = synapse.pre;
    weight[k] = synapse.weight;
  }
  return from_columns(start, pre, weight, n_pre, plasticity);
}

SynapseMatrix SynapseMatrix::from_columns(std::span<const std::size_t> start, std::span<const std::uint32_t> pre,
                                          std::span<const double> weight, std::size_t n_pre, Plasticity plasticity,
                                          std::string_view name, Zeros zeros) {
  const std::size_t n_post = start.empty() ? 0 : start.size() - 1;
  return from_columns({0, n_post}, n_post, start, pre, weight, n_pre, plasticity, name, zeros);
}

SynapseMatrix SynapseMatrix::from_columns(const CompressedColumns& columns, std::size_t n_pre, std::size_t n_post,
                                          Plasticity plasticity, std::string_view name, Zeros zeros) {
  return from_columns(columns.posts, n_post, columns.start, columns.pre, columns.weight, n_pre, plasticity, name,
                      zeros);
}

SynapseMatrix SynapseMatrix::from_columns(UnitRange posts, std::size_t n_post, std::span<const std::size_t> start,
                                          std::span<const std::uint32_t> pre, std::span<const double> weight,
                                          std::size_t n_pre, Plasticity plasticity, std::string_view name,
                                          Zeros zeros) {
  const auto is_synapse = [zeros](double w) { return w != 0.0 || zeros == Zeros::kept; };
  if (start.size() != posts.size() + 1 || start.front() != 0 || start.back() != pre.size() ||
      pre.size() != weight.size() || !std::is_sorted(start.begin(), start.end())) {
    throw ShapeError(formatted("{}: compressed columns of {} indices and {} weights", name, pre.size(), weight.size()),
                     "column starts must ascend from 0 to the number of entries");
  }
  std::vector<std::uint32_t> length(posts.size());
  for (std::size_t i = 0; i < length.size(); ++i) {
    const auto column = pre.subspan(start[i], start[i + 1] - start[i]);
    const bool ascending = std::adjacent_find(column.begin(), column.end(), std::greater_equal<>{}) == column.end();
    if (!ascending || (!column.empty() && column.back() >= n_pre)) {
      throw StateError(formatted("{}: column {}", name, posts.begin + i),
                       formatted("presynaptic indices must ascend without repetition below {}", n_pre));
    }
    const auto weights = weight.subspan(start[i], column.size());
    length[i] = static_cast<std::uint32_t>(std::count_if(weights.begin(), weights.end(), is_synapse));
  }
  SynapseMatrix matrix(plasticity, n_pre, n_post, posts);
  matrix.slices_.emplace_back(n_pre, posts, std::move(length), plasticity);
  matrix.slices_.back().fill(
      [&](std::size_t post, std::span<std::uint32_t> pre_of_post, std::span<double> weight_of_post) {
        const std::size_t i = post - posts.begin;
        std::size_t entry = 0;
        for (std::size_t k = start[i]; k < start[i + 1]; ++k) {
          if (!is_synapse(weight[k])) continue;
          pre_of_post[entry] = pre[k];
          weight_of_post[entry++] = weight[k];
        }
      });
  return matrix;
}

bool SynapseMatrix::has_zeros() const noexcept {
  for (std::size_t i = posts_.begin; i < posts_.end; ++i) {
    const auto weights = column(i).weight;
    if (std::find(weights.begin(), weights.end(), 0.0) != weights.end()) return true;
  }
  return false;
}

SynapseMatrix SynapseMatrix::without_zeros() const {
  return from_columns(compressed(posts_), n_pre_, n_post_, plasticity_);
}

SynapseMatrix SynapseMatrix::laid_out_for(Plasticity plasticity, std::size_t slices) const {
  SynapseMatrix matrix(plasticity, n_pre_, n_post_, posts_);
  for (std::size_t k = 0; k < slices; ++k) {
    const UnitRange posts = part_of(posts_, slices, k);
    std::vector<std::uint32_t> length;
    for (std::size_t i = posts.begin; i < posts.end; ++i) {
      length.push_back(static_cast<std::uint32_t>(column(i).pre.size()));
    }
    matrix.slices_.emplace_back(n_pre_, posts, std::move(length), plasticity);
    matrix.slices_.back().fill([this](std::size_t post, std::span<std::uint32_t> pre, std::span<double> weight) {
      const Column from = column(post);
      std::copy(from.pre.begin(), from.pre.end(), pre.begin());
      std::copy(from.weight.begin(), from.weight.end(), weight.begin());
    });
  }
  return matrix;
}

SynapseMatrix SynapseMatrix::share(UnitRange posts) const {
  return from_columns(compressed(posts), n_pre_, n_post_, plasticity_, "weights", Zeros::kept);
}

CompressedColumns SynapseMatrix::compressed(UnitRange posts) const {
  CompressedColumns columns{{posts.begin, posts.begin}};
  std::size_t synapses = 0;
  for (std::size_t i = posts.begin; i < posts.end; ++i) synapses += column(i).pre.size();
  columns.start.reserve(posts.size() + 1);
  columns.pre.reserve(synapses);
  columns.weight.reserve(synapses);
  for (std::size_t i = posts.begin; i < posts.end; ++i) columns.append(column(i));
  return columns;
}

void CompressedColumns::append(const SynapseMatrix::Column& column) {
  pre.insert(pre.end(), column.pre.begin(), column.pre.end());
  weight.insert(weight.end(), column.weight.begin(), column.weight.end());
  start.push_back(pre.size());
  ++posts.end;
}

std::size_t SynapseMatrix::slices() const noexcept { return slices_.size(); }
SynapseSlice& SynapseMatrix::slice(std::size_t k) noexcept { return slices_[k]; }
const SynapseSlice& SynapseMatrix::slice(std::size_t k) const noexcept { return slices_[k]; }

std::size_t SynapseMatrix::slice_of(std::size_t post) const noexcept {
  return slices_.size() == 1 ? 0 : (post - posts_.begin) / part_width(posts_.size(), slices_.size());
}

std::size_t SynapseMatrix::synapse_count() const noexcept {
  std::size_t count = 0;
  for (const SynapseSlice& slice : slices_) count += slice.synapse_count();
  return count;
}

SynapseMatrix::Column SynapseMatrix::column(std::size_t post) const noexcept {
  return posts_.contains(post) ? slices_[slice_of(post)].column(post) : Column{};
}

void SynapseMatrix::to_dense(std::span<double> dense) const noexcept {
  std::fill(dense.begin(), dense.end(), 0.0);
  for (std::size_t i = 0; i < n_post_; ++i) {
    const Column c = column(i);
    for (std::size_t k = 0; k < c.pre.size(); ++k) dense[c.pre[k] * n_post_ + i] = c.weight[k];
  }
}

bool SynapseMatrix::equals_dense(std::span<const double> dense) const noexcept {
  // `dense` must hold all synapses of this matrix and no others.
  for (std::size_t i = 0; i < n_post_; ++i) {
    const Column c = column(i);
    for (std::size_t k = 0; k < c.pre.size(); ++k) {
      if (dense[c.pre[k] * n_post_ + i] != c.weight[k]) return false;
    }
  }
  return nonzero(dense) == synapse_count();
}

void SynapseMatrix::insert(std::size_t pre, std::size_t post, double weight) {
  slices_[slice_of(post)].insert(pre, post, weight, nullptr);
}

bool SynapseMatrix::operator==(const SynapseMatrix& other) const noexcept {
  if (n_pre_ != other.n_pre_ || n_post_ != other.n_post_ || posts_ != other.posts_) return false;
  for (std::size_t i = posts_.begin; i < posts_.end; ++i) {
    if (!same_values(column(i), other.column(i))) return false;
  }
  return true;
}

std::size_t SynapseMatrix::memory() const noexcept {
  std::size_t bytes = 0;
  for (const SynapseSlice& slice : slices_) bytes += slice.memory();
  return bytes;
}

}  // namespace sorn
