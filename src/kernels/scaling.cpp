#include "kernels/scaling.hpp"

#include <algorithm>
#include <array>

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

/// Divides `blocks` blocks by their sum, taken one entry after the other.
HWY_ATTR HWY_INLINE Division divide_by_sum(double* weight, std::size_t blocks) {
  const hn::CappedTag<double, block> d;
  double total = 0.0;
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t k = b * block; k < (b + 1) * block; ++k) total += weight[k];
  }
  const auto sum = hn::Set(d, total == 0.0 ? 1.0 : total);
  const auto zero = hn::Zero(d);
  auto changed = hn::MaskFromVec(hn::Zero(d));
  auto vanished = hn::MaskFromVec(hn::Zero(d));
  for (std::size_t k = 0; k < blocks * block; k += hn::Lanes(d)) {
    const auto before = hn::LoadU(d, weight + k);
    const auto after = hn::Div(before, sum);
    hn::StoreU(after, d, weight + k);
    changed = hn::Or(changed, hn::Ne(before, after));
    vanished = hn::Or(vanished, hn::And(hn::Gt(before, zero), hn::Eq(after, zero)));
  }
  return {!hn::AllFalse(d, changed), !hn::AllFalse(d, vanished)};
}

HWY_ATTR std::size_t ScaleColumns(const Columns& synapses, const std::uint32_t* column, std::size_t count,
                                  std::uint32_t* gone) {
  std::size_t vanished = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint32_t post = column[n];
    const std::size_t blocks = in_blocks(synapses.length[post]) / block;
    const Division division = divide_by_sum(synapses.weight + synapses.start[post], blocks);
    synapses.settled[post] = division.changed ? 0 : 1;
    gone[vanished] = post;
    vanished += division.vanished ? 1U : 0U;
  }
  return vanished;
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(ScaleColumns);

namespace {

/// Sorts columns by their number of blocks, the long ones last and unsorted among themselves. Loops over the blocks of
/// one column after the other then end where the processor predicts it.
void sort_by_blocks(const Columns& synapses, std::span<const std::uint32_t> columns, std::uint32_t* order) noexcept {
  std::array<std::uint32_t, 64> place{};
  const auto key = [&](std::uint32_t post) {
    return std::min<std::size_t>((synapses.length[post] + block - 1) / block, place.size() - 1);
  };
  for (const std::uint32_t post : columns) ++place[key(post)];
  std::uint32_t first = 0;
  for (std::uint32_t& p : place) {
    const std::uint32_t count = p;
    p = first;
    first += count;
  }
  for (const std::uint32_t post : columns) order[place[key(post)]++] = post;
}

}  // namespace

std::span<const std::uint32_t> scale_columns(const Columns& synapses, ScalingScratch& scratch) noexcept {
  // Which columns need work is unpredictable, so that nothing branches on it.
  std::size_t unsettled = 0;
  for (std::size_t post = 0; post < synapses.n_post; ++post) {
    scratch.unsettled[unsettled] = static_cast<std::uint32_t>(post);
    unsettled += synapses.settled[post] == 0 ? 1U : 0U;
  }
  sort_by_blocks(synapses, std::span(scratch.unsettled).first(unsettled), scratch.order.data());
  const std::size_t vanished =
      HWY_DYNAMIC_DISPATCH(ScaleColumns)(synapses, scratch.order.data(), unsettled, scratch.gone.data());
  return std::span(scratch.gone).first(vanished);
}

}  // namespace sorn::kernels
#endif
