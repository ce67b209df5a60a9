#include "kernels/fire.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/fire.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Real = hn::ScalableTag<double>;

/// Writes a byte 0 or 1 for each lane of a mask.
HWY_ATTR HWY_INLINE void store_spikes(hn::Mask<Real> fires, std::uint8_t* spikes) {
  const hn::RebindToUnsigned<Real> word;
  const hn::Rebind<std::uint8_t, Real> byte;
  const auto ones = hn::IfThenElseZero(hn::RebindMask(word, fires), hn::Set(word, 1));
  hn::StoreU(hn::TruncateTo(byte, ones), byte, spikes);
}

HWY_ATTR void fire_excitatory(std::size_t size, const double* excitation, const double* inhibition, const double* noise,
                              const double* input, const double* threshold, std::uint8_t* recurrent,
                              std::uint8_t* spikes) {
  const Real d;
  const auto zero = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto drive =
        hn::Add(hn::Sub(hn::LoadU(d, excitation + i), hn::LoadU(d, inhibition + i)), hn::LoadU(d, noise + i));
    const auto limit = hn::LoadU(d, threshold + i);
    store_spikes(hn::Gt(hn::Sub(drive, limit), zero), recurrent + i);
    store_spikes(hn::Gt(hn::Sub(hn::Add(drive, hn::LoadU(d, input + i)), limit), zero), spikes + i);
  }
  for (; i < size; ++i) {
    const double drive = (excitation[i] - inhibition[i]) + noise[i];
    recurrent[i] = static_cast<std::uint8_t>(drive - threshold[i] > 0.0);
    spikes[i] = static_cast<std::uint8_t>((drive + input[i]) - threshold[i] > 0.0);
  }
}

HWY_ATTR void fire_inhibitory(std::size_t size, const double* drive, const double* noise, const double* threshold,
                              std::uint8_t* spikes) {
  const Real d;
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= size; k += hn::Lanes(d)) {
    const auto noisy = hn::Add(hn::LoadU(d, drive + k), hn::LoadU(d, noise + k));
    store_spikes(hn::Gt(hn::Sub(noisy, hn::LoadU(d, threshold + k)), hn::Zero(d)), spikes + k);
  }
  for (; k < size; ++k) spikes[k] = static_cast<std::uint8_t>((drive[k] + noise[k]) - threshold[k] > 0.0);
}

/// (|distance| − slack)², or 0 if the distance is within the slack of rounding.
template <class D, class V = hn::Vec<D>>
HWY_ATTR HWY_INLINE V margin_of(D d, V distance, V size) {
  // Each of three additions rounds by up to 2⁻⁵³ of its operands. The slack is a million times that.
  const V slack = hn::Mul(hn::Add(size, hn::Set(d, 1.0)), hn::Set(d, 1e-9));
  const V margin = hn::Max(hn::Sub(distance, slack), hn::Zero(d));
  return hn::Mul(margin, margin);
}

template <class D>
HWY_ATTR HWY_INLINE void excitatory_margin(D d, const double* excitation, const double* inhibition, const double* input,
                                           const double* threshold, double* margin) {
  const auto e = hn::LoadU(d, excitation);
  const auto h = hn::LoadU(d, inhibition);
  const auto u = hn::LoadU(d, input);
  const auto t = hn::LoadU(d, threshold);
  const auto drive = hn::Sub(e, h);
  const auto without = hn::Abs(hn::Sub(drive, t));
  const auto with = hn::Abs(hn::Sub(hn::Add(drive, u), t));
  const auto size = hn::Add(hn::Add(e, h), hn::Add(hn::Abs(u), hn::Abs(t)));
  hn::StoreU(margin_of(d, hn::Min(without, with), size), d, margin);
}

template <class D>
HWY_ATTR HWY_INLINE void inhibitory_margin(D d, const double* drive, const double* threshold, double* margin) {
  const auto e = hn::LoadU(d, drive);
  const auto t = hn::LoadU(d, threshold);
  hn::StoreU(margin_of(d, hn::Abs(hn::Sub(e, t)), hn::Add(e, hn::Abs(t))), d, margin);
}

HWY_ATTR void excitatory_margins(std::size_t size, const double* excitation, const double* inhibition,
                                 const double* input, const double* threshold, double* margin) {
  const Real d;
  const hn::CappedTag<double, 1> one;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    excitatory_margin(d, excitation + i, inhibition + i, input + i, threshold + i, margin + i);
  }
  for (; i < size; ++i) excitatory_margin(one, excitation + i, inhibition + i, input + i, threshold + i, margin + i);
}

HWY_ATTR void inhibitory_margins(std::size_t size, const double* drive, const double* threshold, double* margin) {
  const Real d;
  const hn::CappedTag<double, 1> one;
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= size; k += hn::Lanes(d)) inhibitory_margin(d, drive + k, threshold + k, margin + k);
  for (; k < size; ++k) inhibitory_margin(one, drive + k, threshold + k, margin + k);
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(fire_excitatory);
HWY_EXPORT(fire_inhibitory);
HWY_EXPORT(excitatory_margins);
HWY_EXPORT(inhibitory_margins);

void excitatory_margins(std::span<const double> excitation, std::span<const double> inhibition,
                        std::span<const double> input, std::span<const double> threshold,
                        std::span<double> margin) noexcept {
  HWY_DYNAMIC_DISPATCH(excitatory_margins)
  (threshold.size(), excitation.data(), inhibition.data(), input.data(), threshold.data(), margin.data());
}

void inhibitory_margins(std::span<const double> drive, std::span<const double> threshold,
                        std::span<double> margin) noexcept {
  HWY_DYNAMIC_DISPATCH(inhibitory_margins)(threshold.size(), drive.data(), threshold.data(), margin.data());
}

void fire_excitatory(std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(fire_excitatory)
  (spikes.size(), excitation.data(), inhibition.data(), noise.data(), input.data(), threshold.data(), recurrent.data(),
   spikes.data());
}

void fire_inhibitory(std::span<const double> drive, std::span<const double> noise, std::span<const double> threshold,
                     std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(fire_inhibitory)(spikes.size(), drive.data(), noise.data(), threshold.data(), spikes.data());
}

}  // namespace sorn::kernels
#endif
