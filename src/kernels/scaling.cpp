#include "kernels/scaling.hpp"

#include "kernels/activity.hpp"

#include <algorithm>
#include <array>
#include <utility>

#ifndef SORN_KERNELS_COLUMNS_BY_LENGTH  // this file is read once for each instruction set
#define SORN_KERNELS_COLUMNS_BY_LENGTH
namespace sorn::kernels {
namespace {

/// Where in a sorted list the columns of 0, 1, … 8 blocks begin, and those of more.
struct ColumnsByLength {
  static constexpr std::uint32_t many = 9;
  std::array<std::uint32_t, many + 2> first{};
};

}  // namespace
}  // namespace sorn::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/scaling.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Block = hn::CappedTag<double, block>;

/// The sum of so many blocks, one entry after the other.
HWY_ATTR HWY_INLINE double sum_of(const double* weight, std::size_t blocks) {
  double sum = 0.0;
  for (std::size_t k = 0; k < blocks * block; ++k) sum += weight[k];
  return sum;
}

/// The same of four columns: their blocks are transposed, so that each lane adds up its own column in the same order.
HWY_ATTR HWY_INLINE void sum_of_four(const double* const weight[4], std::size_t blocks, double sum[4]) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  const Block d;
  auto total = hn::Zero(d);
  for (std::size_t k = 0; k < blocks * block; k += block) {
    const auto a = hn::Load(d, weight[0] + k);
    const auto b = hn::Load(d, weight[1] + k);
    const auto c = hn::Load(d, weight[2] + k);
    const auto e = hn::Load(d, weight[3] + k);
    const auto ab_even = hn::InterleaveLower(d, a, b);
    const auto ab_odd = hn::InterleaveUpper(d, a, b);
    const auto ce_even = hn::InterleaveLower(d, c, e);
    const auto ce_odd = hn::InterleaveUpper(d, c, e);
    total = hn::Add(total, hn::ConcatLowerLower(d, ce_even, ab_even));
    total = hn::Add(total, hn::ConcatLowerLower(d, ce_odd, ab_odd));
    total = hn::Add(total, hn::ConcatUpperUpper(d, ce_even, ab_even));
    total = hn::Add(total, hn::ConcatUpperUpper(d, ce_odd, ab_odd));
  }
  hn::StoreU(total, d, sum);
#else
  for (std::size_t c = 0; c < 4; ++c) sum[c] = sum_of(weight[c], blocks);
#endif
}

using Bits = hn::RebindToUnsigned<Block>;

/// Divides so many blocks by `sum`, unless it is 0. Of the bits of a weight, `changed` gets those that differ from
/// before, and `vanished` the top bit if the weight underflowed to 0: as no weight is negative, only there does a borrow
/// reach the top.
HWY_ATTR HWY_INLINE void divide(double* weight, std::size_t blocks, hn::Vec<Block> sum, hn::Vec<Bits>& changed,
                                hn::Vec<Bits>& vanished) {
  const Block d;
  const Bits bits;
  const auto one = hn::Set(bits, 1);
  const auto divisor = hn::IfThenElse(hn::Eq(sum, hn::Zero(d)), hn::Set(d, 1.0), sum);
  for (std::size_t k = 0; k < blocks * block; k += hn::Lanes(d)) {
    const auto weights = hn::Load(d, weight + k);
    const auto divided = hn::Div(weights, divisor);
    hn::Store(divided, d, weight + k);
    const auto before = hn::BitCast(bits, weights);
    const auto after = hn::BitCast(bits, divided);
    changed = hn::Or(changed, hn::Xor(before, after));
    vanished = hn::Or(vanished, hn::AndNot(hn::Sub(before, one), hn::Sub(after, one)));
  }
}

/// Notes the columns that contain a weight 0.
void note_vanished(const Columns& synapses, std::span<const std::uint32_t> columns, Vanished& vanished) {
  for (const std::uint32_t post : columns) {
    const double* const weight = synapses.weight + synapses.start[post];
    if (std::find(weight, weight + synapses.length[post], 0.0) != weight + synapses.length[post]) vanished.add(post);
  }
}

/// Scales columns of `Blocks` blocks; of as many as each has, if that is 0.
template <std::size_t Blocks>
HWY_ATTR void scale(const Columns& synapses, std::span<const std::uint32_t> columns, Vanished& vanished) {
  const std::uint32_t* const start = synapses.start;
  const std::uint32_t* const length = synapses.length;
  double* const weight = synapses.weight;
  std::uint8_t* const settled = synapses.settled;
  const Block d;
  const Bits bits;
  auto underflow = hn::Zero(bits);
  const auto divide_column = [=, &underflow](std::uint32_t post, std::size_t blocks, double sum) HWY_ATTR {
    auto changed = hn::Zero(bits);
    divide(weight + start[post], blocks, hn::Set(d, sum), changed, underflow);
    settled[post] = hn::AllTrue(bits, hn::Eq(changed, hn::Zero(bits))) ? 1 : 0;
  };
  std::size_t n = 0;
  if constexpr (Blocks != 0) {
    for (; n + 4 <= columns.size(); n += 4) {
      const double* of[4];
      double sum[4];
      for (std::size_t c = 0; c < 4; ++c) of[c] = weight + start[columns[n + c]];
      sum_of_four(of, Blocks, sum);
      for (std::size_t c = 0; c < 4; ++c) divide_column(columns[n + c], Blocks, sum[c]);
    }
  }
  for (; n < columns.size(); ++n) {
    const std::uint32_t post = columns[n];
    const std::size_t blocks = Blocks != 0 ? Blocks : in_blocks(length[post]) / block;
    divide_column(post, blocks, sum_of(weight + start[post], blocks));
  }
  const hn::RebindToSigned<Block> sign;
  const bool any = !hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, underflow), hn::Zero(sign)));
  if (any) note_vanished(synapses, columns, vanished);
}

HWY_ATTR void ScaleColumns(const Columns& synapses, const std::uint32_t* column, const ColumnsByLength& by_length,
                           Vanished& vanished) {
  const auto of_blocks = [&](std::size_t b) {
    return std::span(column + by_length.first[b], by_length.first[b + 1] - by_length.first[b]);
  };
  scale<1>(synapses, of_blocks(1), vanished);
  scale<2>(synapses, of_blocks(2), vanished);
  scale<3>(synapses, of_blocks(3), vanished);
  scale<4>(synapses, of_blocks(4), vanished);
  scale<5>(synapses, of_blocks(5), vanished);
  scale<6>(synapses, of_blocks(6), vanished);
  scale<7>(synapses, of_blocks(7), vanished);
  scale<8>(synapses, of_blocks(8), vanished);
  scale<0>(synapses, of_blocks(0), vanished);
  scale<0>(synapses, of_blocks(9), vanished);
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(ScaleColumns);

namespace {

/// Sorts columns by their number of blocks, those of many together, so that the loop over the blocks of a column can be
/// laid out for each number: its end would be mispredicted once a column.
ColumnsByLength sort_by_length(const Columns& synapses, std::span<const std::uint32_t> columns,
                               std::uint32_t* order) noexcept {
  const auto key = [length = synapses.length](std::uint32_t post) {
    return std::min<std::uint32_t>((length[post] + block - 1) / block, ColumnsByLength::many);
  };
  // Four counts each, for the first, second … of every four columns: a processor waits for a count that it has just
  // changed.
  std::array<std::array<std::uint32_t, 4>, ColumnsByLength::many + 1> place{};
  for (std::size_t n = 0; n < columns.size(); ++n) ++place[key(columns[n])][n % 4];
  ColumnsByLength by_length;
  std::uint32_t next = 0;
  for (std::size_t b = 0; b < place.size(); ++b) {
    by_length.first[b] = next;
    for (std::uint32_t& p : place[b]) next += std::exchange(p, next);
  }
  by_length.first.back() = next;
  for (std::size_t n = 0; n < columns.size(); ++n) order[place[key(columns[n])][n % 4]++] = columns[n];
  return by_length;
}

}  // namespace

void scale_columns(const Columns& synapses, ScalingScratch& scratch, Vanished& vanished) noexcept {
  const std::size_t unsettled = list_equal({synapses.settled, synapses.n_post}, 0, scratch.unsettled);
  const ColumnsByLength by_length =
      sort_by_length(synapses, std::span(scratch.unsettled).first(unsettled), scratch.order.data());
  HWY_DYNAMIC_DISPATCH(ScaleColumns)(synapses, scratch.order.data(), by_length, vanished);
}

}  // namespace sorn::kernels
#endif
