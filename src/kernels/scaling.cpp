#include "kernels/scaling.hpp"

#include "kernels/activity.hpp"

#include <algorithm>
#include <array>

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

/// What a division did to a column.
struct Division {
  bool changed;   ///< some weight is another than before
  bool vanished;  ///< some weight underflowed to 0
};

/// Divides so many blocks by their sum, taken one entry after the other.
HWY_ATTR HWY_INLINE Division divide_by_sum(double* weight, std::size_t blocks) {
  const hn::CappedTag<double, block> d;
  double total = 0.0;
  for (std::size_t k = 0; k < blocks * block; ++k) total += weight[k];
  const auto sum = hn::Set(d, total == 0.0 ? 1.0 : total);
  const auto zero = hn::Zero(d);
  auto changed = hn::MaskFromVec(zero);
  auto vanished = hn::MaskFromVec(zero);
  for (std::size_t k = 0; k < blocks * block; k += hn::Lanes(d)) {
    const auto before = hn::LoadU(d, weight + k);
    const auto after = hn::Div(before, sum);
    hn::StoreU(after, d, weight + k);
    changed = hn::Or(changed, hn::Ne(before, after));
    vanished = hn::Or(vanished, hn::And(hn::Gt(before, zero), hn::Eq(after, zero)));
  }
  return {!hn::AllFalse(d, changed), !hn::AllFalse(d, vanished)};
}

/// Scales columns of `Blocks` blocks; of as many as each has, if that is 0.
template <std::size_t Blocks>
HWY_ATTR void scale(const Columns& synapses, std::span<const std::uint32_t> columns, Vanished& vanished) {
  const std::uint32_t* const start = synapses.start;
  const std::uint32_t* const length = synapses.length;
  double* const weight = synapses.weight;
  std::uint8_t* const settled = synapses.settled;
  for (const std::uint32_t post : columns) {
    const std::size_t blocks = Blocks != 0 ? Blocks : in_blocks(length[post]) / block;
    const Division division = divide_by_sum(weight + start[post], blocks);
    settled[post] = division.changed ? 0 : 1;
    if (division.vanished) vanished.add(post);
  }
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
  std::array<std::uint32_t, ColumnsByLength::many + 1> place{};
  for (const std::uint32_t post : columns) ++place[key(post)];
  ColumnsByLength by_length;
  for (std::size_t b = 0; b < place.size(); ++b) {
    by_length.first[b + 1] = by_length.first[b] + place[b];
    place[b] = by_length.first[b];
  }
  for (const std::uint32_t post : columns) order[place[key(post)]++] = post;
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
