#include "kernels/drive.hpp"

#include <algorithm>
#include <numeric>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/drive.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Adds whole rows of `n_post` weights, for a few vectors of postsynaptic units at a time, so that their sums stay in
/// registers.
HWY_ATTR void push_rows(const double* weight, std::size_t n_post, std::span<const std::uint32_t> active,
                        double* drive) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t post = 0;
  for (; post + 4 * lanes <= n_post; post += 4 * lanes) {
    auto a = hn::Zero(d);
    auto b = a;
    auto c = a;
    auto e = a;
    for (const std::uint32_t pre : active) {
      const double* const row = weight + pre * n_post + post;
      a = hn::Add(a, hn::LoadU(d, row));
      b = hn::Add(b, hn::LoadU(d, row + lanes));
      c = hn::Add(c, hn::LoadU(d, row + 2 * lanes));
      e = hn::Add(e, hn::LoadU(d, row + 3 * lanes));
    }
    hn::StoreU(a, d, drive + post);
    hn::StoreU(b, d, drive + post + lanes);
    hn::StoreU(c, d, drive + post + 2 * lanes);
    hn::StoreU(e, d, drive + post + 3 * lanes);
  }
  for (; post + lanes <= n_post; post += lanes) {
    auto sum = hn::Zero(d);
    for (const std::uint32_t pre : active) sum = hn::Add(sum, hn::LoadU(d, weight + pre * n_post + post));
    hn::StoreU(sum, d, drive + post);
  }
  for (; post < n_post; ++post) {
    double sum = 0.0;
    for (const std::uint32_t pre : active) sum += weight[pre * n_post + post];
    drive[post] = sum;
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(push_rows);

namespace {

/// The drive of each unit in turn, so that its weights are read together.
void drive_through_all(const ConstColumns& synapses, std::span<const std::uint32_t> active,
                       std::span<double> drive) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const double* const weight = synapses.weight + synapses.start[post];
    double sum = 0.0;
    for (const std::uint32_t pre : active) sum += weight[pre];
    drive[post] = sum;
  }
}

}  // namespace

void push_drive(const ConstColumns& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept {
  if (synapses.all_to_all) return drive_through_all(synapses, active, drive);
  std::fill(drive.begin(), drive.end(), 0.0);
  const double* const weight = synapses.weight;
  double* const sum = drive.data();
  ListedRows listed(*synapses.outgoing, active);
  while (listed.next()) {
    for (std::size_t n = 0; n < listed.size(); ++n) {
      for (const Outgoing synapse : listed.row(n)) sum[synapse.post()] += weight[synapse.entry()];
    }
  }
}

Rows transposed(const ConstColumns& synapses) {
  Rows rows;
  const std::size_t count = std::accumulate(synapses.length, synapses.length + synapses.n_post, std::size_t{0});
  rows.numbers = RowNumbers(synapses.n_pre, count);
  const auto for_each_synapse = [&](auto visit) {
    for (std::size_t post = 0; post < synapses.n_post; ++post) {
      for (std::size_t entry = synapses.start[post]; entry < synapses.start[post] + synapses.length[post]; ++entry) {
        visit(post, synapses.pre[entry], synapses.weight[entry]);
      }
    }
  };
  for_each_synapse([&](std::size_t, std::uint32_t pre, double) { rows.numbers.mark(pre); });
  rows.numbers.number();
  rows.start.assign(rows.numbers.rows() + 1, 0);
  for_each_synapse([&](std::size_t, std::uint32_t pre, double) { ++rows.start[rows.numbers.of(pre) + 1]; });
  std::partial_sum(rows.start.begin(), rows.start.end(), rows.start.begin());
  rows.post.resize(rows.start.back());
  rows.weight.resize(rows.start.back());
  std::vector<std::size_t> next(rows.start.begin(), rows.start.end() - 1);
  for_each_synapse([&](std::size_t post, std::uint32_t pre, double weight) {
    std::size_t& place = next[rows.numbers.of(pre)];
    rows.post[place] = static_cast<std::uint32_t>(post);
    rows.weight[place++] = weight;
  });
  rows.all_to_all = rows.post.size() == synapses.n_pre * synapses.n_post;
  if (rows.all_to_all) rows.post = {};
  return rows;
}

void push_drive(const Rows& synapses, std::span<const std::uint32_t> active, std::span<double> drive) noexcept {
  if (synapses.all_to_all) {
    HWY_DYNAMIC_DISPATCH(push_rows)(synapses.weight.data(), drive.size(), active, drive.data());
    return;
  }
  std::fill(drive.begin(), drive.end(), 0.0);
  for (const std::uint32_t pre : active) {
    const std::size_t row = synapses.numbers.of(pre);
    const std::size_t end = synapses.start[row + 1];
    for (std::size_t k = synapses.start[row]; k < end; ++k) drive[synapses.post[k]] += synapses.weight[k];
  }
}

}  // namespace sorn::kernels
#endif
