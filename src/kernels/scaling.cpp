#include "kernels/scaling.hpp"

#include <algorithm>

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

/// Columns of the same number of blocks are scaled together: the end of a loop over blocks that differ in number would be
/// mispredicted once a column.
constexpr std::size_t columns_at_once = 255;
constexpr std::size_t most_blocks = 15;

/// Some columns by their number of blocks; those of `most_blocks` and more together. The counts are the bytes of two
/// words, which stay in registers: counts in memory would be waited for, one after the other.
class ByBlocks {
public:
  HWY_INLINE void add(std::uint32_t column, std::size_t blocks) {
    const std::size_t place = blocks < most_blocks ? blocks : most_blocks;
    const std::size_t shift = 8 * (place % 8);
    const bool few = place < 8;
    const std::uint64_t before = (few ? few_ : many_) >> shift & 0xFFU;
    column_[place][before] = column;
    few_ += few ? std::uint64_t{1} << shift : 0;
    many_ += few ? 0 : std::uint64_t{1} << shift;
  }
  HWY_INLINE std::span<const std::uint32_t> of(std::size_t blocks) const {
    const std::uint64_t count = (blocks < 8 ? few_ : many_) >> (8 * (blocks % 8)) & 0xFFU;
    return {column_[blocks], count};
  }

private:
  std::uint64_t few_ = 0;
  std::uint64_t many_ = 0;
  std::uint32_t column_[most_blocks + 1][columns_at_once + 1];
};

/// Scales four columns of `blocks` blocks each.
HWY_ATTR HWY_INLINE void scale_four(const Columns& synapses, const std::uint32_t* column, std::size_t blocks,
                                    hn::Vec<Bits>& vanished) {
  const Block d;
  const Bits bits;
  double* weight[4];
  double sum[4];
  for (std::size_t c = 0; c < 4; ++c) weight[c] = synapses.weight + synapses.start[column[c]];
  sum_of_four(weight, blocks, sum);
  for (std::size_t c = 0; c < 4; ++c) {
    auto changed = hn::Zero(bits);
    divide(weight[c], blocks, hn::Set(d, sum[c]), changed, vanished);
    synapses.settled[column[c]] = hn::AllTrue(bits, hn::Eq(changed, hn::Zero(bits))) ? 1 : 0;
  }
}

HWY_ATTR HWY_INLINE void scale_one(const Columns& synapses, std::uint32_t column, std::size_t blocks,
                                   hn::Vec<Bits>& vanished) {
  const Block d;
  const Bits bits;
  double* const weight = synapses.weight + synapses.start[column];
  auto changed = hn::Zero(bits);
  divide(weight, blocks, hn::Set(d, sum_of(weight, blocks)), changed, vanished);
  synapses.settled[column] = hn::AllTrue(bits, hn::Eq(changed, hn::Zero(bits))) ? 1 : 0;
}

/// Scales columns of `Blocks` blocks each, or, if that is 0, of `blocks`.
template <std::size_t Blocks>
HWY_ATTR void scale(const Columns& synapses, std::span<const std::uint32_t> columns, std::size_t blocks,
                    hn::Vec<Bits>& vanished) {
  if constexpr (Blocks != 0) blocks = Blocks;
  std::size_t n = 0;
  for (; n + 4 <= columns.size(); n += 4) scale_four(synapses, columns.data() + n, blocks, vanished);
  for (; n < columns.size(); ++n) scale_one(synapses, columns[n], blocks, vanished);
}

/// Scales up to columns_at_once columns. @returns whether a weight underflowed to 0
HWY_ATTR bool ScaleColumns(const Columns& synapses, const std::uint32_t* column, std::size_t count) {
  ByBlocks some;
  for (std::size_t n = 0; n < count; ++n) {
    some.add(column[n], in_blocks(synapses.length[column[n]]) / block);
    const double* const weight = synapses.weight + synapses.start[column[n]];
    __builtin_prefetch(weight);
    __builtin_prefetch(weight + 8);
    __builtin_prefetch(weight + 16);
  }
  auto vanished = hn::Zero(Bits());
  for (const std::uint32_t post : some.of(0)) synapses.settled[post] = 1;
  scale<1>(synapses, some.of(1), 1, vanished);
  scale<2>(synapses, some.of(2), 2, vanished);
  scale<3>(synapses, some.of(3), 3, vanished);
  scale<4>(synapses, some.of(4), 4, vanished);
  scale<5>(synapses, some.of(5), 5, vanished);
  scale<6>(synapses, some.of(6), 6, vanished);
  scale<7>(synapses, some.of(7), 7, vanished);
  scale<8>(synapses, some.of(8), 8, vanished);
  for (std::size_t blocks = 9; blocks < most_blocks; ++blocks) scale<0>(synapses, some.of(blocks), blocks, vanished);
  for (const std::uint32_t post : some.of(most_blocks)) {
    scale_one(synapses, post, in_blocks(synapses.length[post]) / block, vanished);
  }
  const hn::RebindToSigned<Block> sign;
  return !hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, vanished), hn::Zero(sign)));
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(ScaleColumns);

namespace {

/// Notes the columns that contain a weight 0.
void note_vanished(const Columns& synapses, std::span<const std::uint32_t> columns, Vanished& vanished) {
  for (const std::uint32_t post : columns) {
    const double* const weight = synapses.weight + synapses.start[post];
    if (std::find(weight, weight + synapses.length[post], 0.0) != weight + synapses.length[post]) vanished.add(post);
  }
}

}  // namespace

void scale_columns(const Columns& synapses, ScalingScratch& scratch, Vanished& vanished) noexcept {
  const std::size_t unsettled = list_equal({synapses.settled, synapses.n_post}, 0, scratch.unsettled);
  for (std::size_t first = 0; first < unsettled; first += HWY_STATIC_DISPATCH(columns_at_once)) {
    const std::size_t count = std::min(unsettled - first, HWY_STATIC_DISPATCH(columns_at_once));
    const std::span<const std::uint32_t> some = std::span(scratch.unsettled).subspan(first, count);
    if (HWY_DYNAMIC_DISPATCH(ScaleColumns)(synapses, some.data(), count)) note_vanished(synapses, some, vanished);
  }
}

}  // namespace sorn::kernels
#endif
