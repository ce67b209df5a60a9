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

using Bits = hn::RebindToUnsigned<Block>;

/// Copies of the pointers that the loops over columns read. The compiler must assume that writing the bytes of
/// `settled` changes the struct in memory from which they come.
struct View {
  const std::uint32_t* start;
  const std::uint32_t* length;
  std::uint8_t* settled;
  double* weight;
};

/// Scales one column of `blocks` blocks, unless its sum is 0. `vanished` receives the top bit if a weight underflowed
/// to 0: no weight is negative, so that only then a borrow reaches the top bit.
HWY_ATTR HWY_INLINE void scale_one(const View& columns, std::uint32_t column, std::size_t blocks,
                                   hn::Vec<Bits>& vanished) {
  const Block d;
  const Bits bits;
  const auto one = hn::Set(bits, 1);
  double* const weight = columns.weight + columns.start[column];
  double sum = 0.0;
  for (std::size_t k = 0; k < blocks * block; ++k) sum += weight[k];
  const auto divisor = hn::Set(d, sum == 0.0 ? 1.0 : sum);
  auto changed = hn::Zero(bits);
  for (std::size_t k = 0; k < blocks * block; k += hn::Lanes(d)) {
    const auto weights = hn::Load(d, weight + k);
    const auto divided = hn::Div(weights, divisor);
    hn::Store(divided, d, weight + k);
    const auto before = hn::BitCast(bits, weights);
    const auto after = hn::BitCast(bits, divided);
    changed = hn::Or(changed, hn::Xor(before, after));
    vanished = hn::Or(vanished, hn::AndNot(hn::Sub(before, one), hn::Sub(after, one)));
  }
  columns.settled[column] = hn::AllTrue(bits, hn::Eq(changed, hn::Zero(bits))) ? 1 : 0;
}

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

/// Weights from this value on do not underflow when they are divided by a sum of weights.
constexpr double smallest_safe = 0x1p-900;

/// Four columns with the same number of blocks, and their sums, one in each lane.
struct Four {
  double* weight[4];
  hn::Vec<Block> sum;
  hn::Vec<Bits> unsafe;  // top bits: a weight in (0, smallest_safe)

  HWY_ATTR HWY_INLINE Four(const View& columns, const std::uint32_t* column)
      : sum(hn::Zero(Block())), unsafe(hn::Zero(Bits())) {
    for (std::size_t c = 0; c < 4; ++c) weight[c] = columns.weight + columns.start[column[c]];
  }

  /// Adds the entries from k on of a block of each column. They are transposed, so that every lane adds its column in
  /// order.
  HWY_ATTR HWY_INLINE void add(std::size_t k) {
    const Block d;
    const auto a = hn::Load(d, weight[0] + k);
    const auto b = hn::Load(d, weight[1] + k);
    const auto c = hn::Load(d, weight[2] + k);
    const auto e = hn::Load(d, weight[3] + k);
    look(a);
    look(b);
    look(c);
    look(e);
    const auto ab_even = hn::InterleaveLower(d, a, b);
    const auto ab_odd = hn::InterleaveUpper(d, a, b);
    const auto ce_even = hn::InterleaveLower(d, c, e);
    const auto ce_odd = hn::InterleaveUpper(d, c, e);
    sum = hn::Add(sum, hn::ConcatLowerLower(d, ce_even, ab_even));
    sum = hn::Add(sum, hn::ConcatLowerLower(d, ce_odd, ab_odd));
    sum = hn::Add(sum, hn::ConcatUpperUpper(d, ce_even, ab_even));
    sum = hn::Add(sum, hn::ConcatUpperUpper(d, ce_odd, ab_odd));
  }

  HWY_ATTR HWY_INLINE bool is_safe() const {
    const hn::RebindToSigned<Block> sign;
    return hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, unsafe), hn::Zero(sign)));
  }

private:
  HWY_ATTR HWY_INLINE void look(hn::Vec<Block> weights) {
    const Bits bits;
    const auto raw = hn::BitCast(bits, weights);
    const auto limit = hn::BitCast(bits, hn::Set(Block(), smallest_safe));
    unsafe = hn::Or(unsafe, hn::AndNot(hn::Sub(raw, hn::Set(bits, 1)), hn::Sub(raw, limit)));
  }
};

/// Divides four columns by their sums and at the same time adds the next four columns, if any, because the processor
/// has time for additions during a division.
template <bool Next>
HWY_ATTR HWY_INLINE void divide(const View& columns, const std::uint32_t* column, const Four& four, Four* next,
                                std::size_t blocks) {
  const Block d;
  const Bits bits;
  alignas(32) double sum[4];
  hn::Store(four.sum, d, sum);
  const auto s0 = hn::Set(d, sum[0]);
  const auto s1 = hn::Set(d, sum[1]);
  const auto s2 = hn::Set(d, sum[2]);
  const auto s3 = hn::Set(d, sum[3]);
  auto c0 = hn::Zero(bits);
  auto c1 = c0;
  auto c2 = c0;
  auto c3 = c0;
  const auto divide_block = [&](double* weight, hn::Vec<Block> by, hn::Vec<Bits>& changed) HWY_ATTR {
    const auto before = hn::Load(d, weight);
    const auto after = hn::Div(before, by);
    hn::Store(after, d, weight);
    changed = hn::Or(changed, hn::Xor(hn::BitCast(bits, before), hn::BitCast(bits, after)));
  };
  for (std::size_t k = 0; k < blocks * block; k += block) {
    divide_block(four.weight[0] + k, s0, c0);
    divide_block(four.weight[1] + k, s1, c1);
    divide_block(four.weight[2] + k, s2, c2);
    divide_block(four.weight[3] + k, s3, c3);
    if constexpr (Next) next->add(k);
  }
  const auto zero = hn::Zero(bits);
  columns.settled[column[0]] = hn::AllTrue(bits, hn::Eq(c0, zero)) ? 1 : 0;
  columns.settled[column[1]] = hn::AllTrue(bits, hn::Eq(c1, zero)) ? 1 : 0;
  columns.settled[column[2]] = hn::AllTrue(bits, hn::Eq(c2, zero)) ? 1 : 0;
  columns.settled[column[3]] = hn::AllTrue(bits, hn::Eq(c3, zero)) ? 1 : 0;
}

/// Scales columns of `blocks` blocks each.
HWY_ATTR HWY_INLINE void scale_equal(const View& columns, std::span<const std::uint32_t> equal, std::size_t blocks,
                                     hn::Vec<Bits>& vanished) {
  std::size_t n = 0;
  if (equal.size() >= 4) {
    Four four(columns, equal.data());
    for (std::size_t k = 0; k < blocks * block; k += block) four.add(k);
    for (; n + 8 <= equal.size() && HWY_LIKELY(four.is_safe()); n += 4) {
      Four next(columns, equal.data() + n + 4);
      divide<true>(columns, equal.data() + n, four, &next, blocks);
      four = next;
    }
    if (HWY_LIKELY(four.is_safe())) {
      divide<false>(columns, equal.data() + n, four, nullptr, blocks);
      n += 4;
    }
  }
  for (; n < equal.size(); ++n) scale_one(columns, equal[n], blocks, vanished);
}

#else

HWY_ATTR HWY_INLINE void scale_equal(const View& columns, std::span<const std::uint32_t> equal, std::size_t blocks,
                                     hn::Vec<Bits>& vanished) {
  for (const std::uint32_t column : equal) scale_one(columns, column, blocks, vanished);
}

#endif

/// Columns with the same number of blocks are scaled together. Otherwise the end of the loop over blocks would be
/// mispredicted once for each column.
constexpr std::size_t columns_at_once = 255;
constexpr std::size_t most_blocks = 15;

/// Sorts some columns by their number of blocks; those with `most_blocks` and more are together. The counts are the
/// bytes of two words, which stay in registers, because updates of counts in memory would wait for each other.
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

/// Scales up to columns_at_once columns. @returns whether a weight underflowed to 0
HWY_ATTR bool scale_columns(const Columns& synapses, const std::uint32_t* column, std::size_t count) {
  const View view{synapses.start, synapses.length, synapses.settled, synapses.weight};
  ByBlocks some;
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t blocks = in_blocks(view.length[column[n]]) / block;
    some.add(column[n], blocks);
    if (blocks == 0) continue;  // a matrix without synapses has no weights
    const double* const weight = view.weight + view.start[column[n]];
    __builtin_prefetch(weight);
    __builtin_prefetch(weight + 8);
    __builtin_prefetch(weight + 16);
  }
  auto vanished = hn::Zero(Bits());
  for (const std::uint32_t post : some.of(0)) view.settled[post] = 1;
  for (std::size_t blocks = 1; blocks < most_blocks; ++blocks) {
    scale_equal(view, some.of(blocks), blocks, vanished);
  }
  for (const std::uint32_t post : some.of(most_blocks)) {
    scale_one(view, post, in_blocks(view.length[post]) / block, vanished);
  }
  const hn::RebindToSigned<Block> sign;
  return !hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, vanished), hn::Zero(sign)));
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(scale_columns);

namespace {

/// Records the columns that contain a weight 0.
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
    if (HWY_DYNAMIC_DISPATCH(scale_columns)(synapses, some.data(), count)) note_vanished(synapses, some, vanished);
  }
}

}  // namespace sorn::kernels
#endif
