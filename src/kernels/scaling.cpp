#include "kernels/scaling.hpp"

#include <algorithm>
#include <limits>

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

/// Weights from this value on do not underflow when they are divided by a sum of weights.
constexpr double smallest_safe = 0x1p-900;

/// The divisors and the lower bound of weights. The smallest positive double stands for 0: a column of sum 0 has only
/// weights 0, which the division by it leaves, and no weight lies between it and 0.
struct Limits {
  double divisor;
  double low;
  double safe;  // weights from this value on do not fall below `low` if they are divided by at most `most`
  double most;

  explicit Limits(Scaling scaling)
      : divisor(std::max(scaling.smallest_divisor, std::numeric_limits<double>::denorm_min())),
        low(std::max(scaling.low, std::numeric_limits<double>::denorm_min())),
        safe(std::max(smallest_safe, 16.0 * scaling.low)),
        most(scaling.low > 0.0 ? 16.0 : 0x1p100) {}
};

/// Scales one column of `blocks` blocks. `vanished` receives the top bit if a weight fell below the lower bound: no
/// weight is negative, so that their bits compare as numbers do, and a borrow reaches the top bit only then.
HWY_ATTR HWY_INLINE void scale_one(const View& columns, const Limits& limits, std::uint32_t column, std::size_t blocks,
                                   hn::Vec<Bits>& vanished) {
  const Block d;
  const Bits bits;
  const auto low = hn::BitCast(bits, hn::Set(d, limits.low));
  double* const weight = columns.weight + columns.start[column];
  double sum = 0.0;
  for (std::size_t k = 0; k < blocks * block; ++k) sum += weight[k];
  const auto divisor = hn::Set(d, std::max(sum, limits.divisor));
  auto changed = hn::Zero(bits);
  for (std::size_t k = 0; k < blocks * block; k += hn::Lanes(d)) {
    const auto weights = hn::Load(d, weight + k);
    const auto divided = hn::Div(weights, divisor);
    hn::Store(divided, d, weight + k);
    const auto before = hn::BitCast(bits, weights);
    const auto after = hn::BitCast(bits, divided);
    changed = hn::Or(changed, hn::Xor(before, after));
    vanished = hn::Or(vanished, hn::AndNot(hn::Sub(before, low), hn::Sub(after, low)));
  }
  columns.settled[column] = hn::AllTrue(bits, hn::Eq(changed, hn::Zero(bits))) ? 1 : 0;
}

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

/// Four columns with the same number of blocks, and their sums, one in each lane.
/// @tparam Bounded  whether weights have a lower bound above 0
template <bool Bounded>
struct Four {
  double* weight[4];
  hn::Vec<Block> sum;
  hn::Vec<Bits> unsafe;  // top bits: a weight above 0 and below the safe ones
  const Limits* limits;

  HWY_ATTR HWY_INLINE Four(const View& columns, const Limits& all, const std::uint32_t* column)
      : sum(hn::Zero(Block())), unsafe(hn::Zero(Bits())), limits(&all) {
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
    auto all = unsafe;
    if constexpr (Bounded) {
      const Bits bits;
      const auto most = hn::BitCast(bits, hn::Set(Block(), limits->most));
      all = hn::Or(all, hn::Sub(most, hn::BitCast(bits, sum)));
    }
    return hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, all), hn::Zero(sign)));
  }

private:
  HWY_ATTR HWY_INLINE void look(hn::Vec<Block> weights) {
    const Bits bits;
    const auto raw = hn::BitCast(bits, weights);
    const auto limit = hn::BitCast(bits, hn::Set(Block(), Bounded ? limits->safe : smallest_safe));
    unsafe = hn::Or(unsafe, hn::AndNot(hn::Sub(raw, hn::Set(bits, 1)), hn::Sub(raw, limit)));
  }
};

/// Divides four columns by their sums and at the same time adds the next four columns, if any, because the processor
/// has time for additions during a division.
template <bool Next, bool Bounded>
HWY_ATTR HWY_INLINE void divide(const View& columns, const std::uint32_t* column, const Four<Bounded>& four,
                                Four<Bounded>* next, std::size_t blocks) {
  const Block d;
  const Bits bits;
  alignas(32) double sum[4];
  hn::Store(hn::Max(four.sum, hn::Set(d, four.limits->divisor)), d, sum);
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
template <bool Bounded>
HWY_ATTR HWY_INLINE void scale_equal(const View& columns, const Limits& limits, std::span<const std::uint32_t> equal,
                                     std::size_t blocks, hn::Vec<Bits>& vanished) {
  std::size_t n = 0;
  if (equal.size() >= 4) {
    Four<Bounded> four(columns, limits, equal.data());
    for (std::size_t k = 0; k < blocks * block; k += block) four.add(k);
    for (; n + 8 <= equal.size() && HWY_LIKELY(four.is_safe()); n += 4) {
      Four<Bounded> next(columns, limits, equal.data() + n + 4);
      divide<true, Bounded>(columns, equal.data() + n, four, &next, blocks);
      four = next;
    }
    if (HWY_LIKELY(four.is_safe())) {
      divide<false, Bounded>(columns, equal.data() + n, four, nullptr, blocks);
      n += 4;
    }
  }
  for (; n < equal.size(); ++n) scale_one(columns, limits, equal[n], blocks, vanished);
}

#else

template <bool Bounded>
HWY_ATTR HWY_INLINE void scale_equal(const View& columns, const Limits& limits, std::span<const std::uint32_t> equal,
                                     std::size_t blocks, hn::Vec<Bits>& vanished) {
  for (const std::uint32_t column : equal) scale_one(columns, limits, column, blocks, vanished);
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
    const auto count = static_cast<std::size_t>((blocks < 8 ? few_ : many_) >> (8 * (blocks % 8)) & 0xFFU);
    return {column_[blocks], count};
  }

private:
  std::uint64_t few_ = 0;
  std::uint64_t many_ = 0;
  std::uint32_t column_[most_blocks + 1][columns_at_once + 1];
};

/// Scales up to columns_at_once columns. @returns whether a weight fell below the lower bound
template <bool Bounded>
HWY_ATTR HWY_INLINE bool scale_some(const Columns& synapses, const Limits& limits, const std::uint32_t* column,
                                    std::size_t count) {
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
    scale_equal<Bounded>(view, limits, some.of(blocks), blocks, vanished);
  }
  for (const std::uint32_t post : some.of(most_blocks)) {
    scale_one(view, limits, post, in_blocks(view.length[post]) / block, vanished);
  }
  const hn::RebindToSigned<Block> sign;
  return !hn::AllFalse(sign, hn::Lt(hn::BitCast(sign, vanished), hn::Zero(sign)));
}

HWY_ATTR bool scale_columns(const Columns& synapses, Scaling scaling, const std::uint32_t* column, std::size_t count) {
  const Limits limits(scaling);
  return scaling.low > 0.0 ? scale_some<true>(synapses, limits, column, count)
                           : scale_some<false>(synapses, limits, column, count);
}

/// The factors and the limit of scaling by incoming and outgoing sums.
struct BothWays {
  double eta;
  double kept;  // 1 − η
  double low;   // lower bound of weights
  const double* outgoing;
};

/// The values at the places that `place` lists, one for each lane. A gather instruction takes longer.
HWY_ATTR HWY_INLINE hn::Vec<Block> values_at(const double* values, const std::uint32_t* place) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::Vec<Block>{_mm256_setr_pd(values[place[0]], values[place[1]], values[place[2]], values[place[3]])};
#else
  double lanes[hn::MaxLanes(Block())];
  for (std::size_t n = 0; n < hn::Lanes(Block()); ++n) lanes[n] = values[place[n]];
  return hn::LoadU(Block(), lanes);
#endif
}

/// Scales the weights of a vector. @returns which of them fell below the lower bound
HWY_ATTR HWY_INLINE hn::Mask<Block> scale_vector_both_ways(double* weight, const std::uint32_t* pre, double incoming,
                                                           const BothWays& by) {
  const Block d;
  const auto before = hn::Load(d, weight);
  const auto divided = hn::Div(before, hn::Add(hn::Set(d, incoming), values_at(by.outgoing, pre)));
  const auto after = hn::Add(hn::Mul(hn::Set(d, by.kept), before), hn::Mul(hn::Set(d, by.eta), divided));
  hn::Store(after, d, weight);
  const auto low = hn::Set(d, by.low);
  return hn::And(hn::Ge(before, low), hn::Lt(after, low));
}

/// Scales whole blocks: free entries stay 0.
HWY_ATTR void scale_both_ways(const Columns& synapses, Scaling scaling, double eta, const double* outgoing,
                              Vanished& vanished) {
  const BothWays by{.eta = eta,
                    .kept = 1.0 - eta,
                    .low = std::max(scaling.low, std::numeric_limits<double>::denorm_min()),
                    .outgoing = outgoing};
  const double least = least_divisor(scaling.smallest_divisor);
  const View view{synapses.start, synapses.length, synapses.settled, synapses.weight};
  const std::uint32_t* const pre_of_all = synapses.pre;
  for (std::uint32_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = view.weight + view.start[post];
    const std::uint32_t* const pre = pre_of_all + view.start[post];
    const std::size_t length = in_blocks(view.length[post]);
    double sum = 0.0;
    for (std::size_t k = 0; k < length; ++k) sum += weight[k];
    const double incoming = 0.5 * std::max(sum, least);
    auto fell = hn::MaskFromVec(hn::Zero(Block()));
    for (std::size_t k = 0; k < length; k += hn::Lanes(Block())) {
      fell = hn::Or(fell, scale_vector_both_ways(weight + k, pre + k, incoming, by));
    }
    view.settled[post] = 0;
    if (!hn::AllFalse(Block(), fell)) vanished.add(post);
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(scale_columns);
HWY_EXPORT(scale_both_ways);

namespace {

/// Records the columns that contain a weight below the lower bound.
void note_vanished(const Columns& synapses, double low, std::span<const std::uint32_t> columns, Vanished& vanished) {
  const double limit = std::max(low, std::numeric_limits<double>::denorm_min());
  for (const std::uint32_t post : columns) {
    const double* const weight = synapses.weight + synapses.start[post];
    if (std::any_of(weight, weight + synapses.length[post], [=](double w) { return w < limit; })) vanished.add(post);
  }
}

}  // namespace

void scale_columns(const Columns& synapses, Scaling scaling, ScalingScratch& scratch, Vanished& vanished) noexcept {
  const std::size_t unsettled = list_equal({synapses.settled, synapses.n_post}, 0, scratch.unsettled);
  for (std::size_t first = 0; first < unsettled; first += HWY_STATIC_DISPATCH(columns_at_once)) {
    const std::size_t count = std::min(unsettled - first, HWY_STATIC_DISPATCH(columns_at_once));
    const std::span<const std::uint32_t> some = std::span(scratch.unsettled).subspan(first, count);
    if (HWY_DYNAMIC_DISPATCH(scale_columns)(synapses, scaling, some.data(), count)) {
      note_vanished(synapses, scaling.low, some, vanished);
    }
  }
}

void add_outgoing(const ConstColumns& synapses, std::span<double> sums) noexcept {
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    const std::uint32_t end = synapses.start[post] + synapses.length[post];
    for (std::uint32_t k = synapses.start[post]; k < end; ++k) sums[synapses.pre[k]] += synapses.weight[k];
  }
}

void complete_outgoing(std::span<double> sums, double smallest_divisor) noexcept {
  const auto n_pre = static_cast<double>(sums.size());
  const double least = least_divisor(smallest_divisor);
  for (double& sum : sums) sum = 0.5 * std::max(sum * n_pre / n_pre, least);
}

void scale_both_ways(const Columns& synapses, Scaling scaling, double eta, std::span<const double> outgoing,
                     Vanished& vanished) noexcept {
  HWY_DYNAMIC_DISPATCH(scale_both_ways)(synapses, scaling, eta, outgoing.data(), vanished);
}

}  // namespace sorn::kernels
#endif
