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

HWY_ATTR void FireExcitatory(std::size_t size, const double* excitation, const double* inhibition, const double* noise,
                             const double* input, const double* threshold, std::uint8_t* recurrent,
                             std::uint8_t* spikes) {
  const Real d;
  const auto zero = hn::Zero(d);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto drive = hn::Add(hn::Sub(hn::LoadU(d, excitation + i), hn::LoadU(d, inhibition + i)),
                               hn::LoadU(d, noise + i));
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

HWY_ATTR void FireInhibitory(std::size_t size, const double* drive, const double* noise, const double* threshold,
                             std::uint8_t* spikes) {
  const Real d;
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= size; k += hn::Lanes(d)) {
    const auto noisy = hn::Add(hn::LoadU(d, drive + k), hn::LoadU(d, noise + k));
    store_spikes(hn::Gt(hn::Sub(noisy, hn::LoadU(d, threshold + k)), hn::Zero(d)), spikes + k);
  }
  for (; k < size; ++k) spikes[k] = static_cast<std::uint8_t>((drive[k] + noise[k]) - threshold[k] > 0.0);
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(FireExcitatory);
HWY_EXPORT(FireInhibitory);

void fire_excitatory(std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(FireExcitatory)
  (spikes.size(), excitation.data(), inhibition.data(), noise.data(), input.data(), threshold.data(), recurrent.data(),
   spikes.data());
}

void fire_inhibitory(std::span<const double> drive, std::span<const double> noise, std::span<const double> threshold,
                     std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(FireInhibitory)(spikes.size(), drive.data(), noise.data(), threshold.data(), spikes.data());
}

}  // namespace sorn::kernels
#endif
