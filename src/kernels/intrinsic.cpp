#include "kernels/intrinsic.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/intrinsic.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

HWY_ATTR void intrinsic_plasticity(std::size_t size, double* threshold, const std::uint8_t* spikes,
                                   const double* target, double eta, double te_min, double te_max) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> word;
  const hn::Rebind<std::uint32_t, decltype(d)> half;
  const hn::Rebind<std::uint8_t, decltype(d)> byte;
  const auto low = hn::Set(d, te_min);
  const auto high = hn::Set(d, te_max);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto fires = hn::Ne(hn::PromoteTo(word, hn::PromoteTo(half, hn::LoadU(byte, spikes + i))), hn::Zero(word));
    const auto spike = hn::IfThenElseZero(hn::RebindMask(d, fires), hn::Set(d, 1.0));
    const auto change = hn::Mul(hn::Set(d, eta), hn::Sub(spike, hn::LoadU(d, target + i)));
    auto next = hn::Add(hn::LoadU(d, threshold + i), change);
    next = hn::IfThenElse(hn::Lt(next, low), low, next);
    hn::StoreU(hn::IfThenElse(hn::Gt(next, high), high, next), d, threshold + i);
  }
  for (; i < size; ++i) {
    double next = threshold[i] + eta * (static_cast<double>(spikes[i]) - target[i]);
    next = next < te_min ? te_min : next;
    threshold[i] = next > te_max ? te_max : next;
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(intrinsic_plasticity);

void intrinsic_plasticity(std::span<double> threshold, std::span<const std::uint8_t> spikes,
                          std::span<const double> target, double eta, double te_min, double te_max) noexcept {
  HWY_DYNAMIC_DISPATCH(intrinsic_plasticity)
  (threshold.size(), threshold.data(), spikes.data(), target.data(), eta, te_min, te_max);
}

}  // namespace sorn::kernels
#endif
