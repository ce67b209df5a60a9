#include "kernels/fire.hpp"

#include <cstddef>
#include <type_traits>

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

/// Θ of each lane.
template <Comparison Compare, class D, class V = hn::Vec<D>>
HWY_ATTR HWY_INLINE hn::Mask<D> theta(D d, V value) {
  if constexpr (Compare == Comparison::greater) {
    return hn::Gt(value, hn::Zero(d));
  } else {
    return hn::Ge(value, hn::Zero(d));
  }
}
template <Comparison Compare>
std::uint8_t theta(double value) {
  return static_cast<std::uint8_t>(Compare == Comparison::greater ? value > 0.0 : value >= 0.0);
}

template <ThresholdPlace Place, Comparison Compare>
HWY_ATTR void fire_excitatory(std::size_t size, const double* excitation, const double* inhibition, const double* noise,
                              const double* input, const double* threshold, std::uint8_t* recurrent,
                              std::uint8_t* spikes) {
  const Real d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto difference = hn::Sub(hn::LoadU(d, excitation + i), hn::LoadU(d, inhibition + i));
    const auto xi = hn::LoadU(d, noise + i);
    const auto limit = hn::LoadU(d, threshold + i);
    const auto u = hn::LoadU(d, input + i);
    if constexpr (Place == ThresholdPlace::last) {
      const auto drive = hn::Add(difference, xi);
      store_spikes(theta<Compare>(d, hn::Sub(drive, limit)), recurrent + i);
      store_spikes(theta<Compare>(d, hn::Sub(hn::Add(drive, u), limit)), spikes + i);
    } else {
      const auto drive = hn::Add(hn::Sub(difference, limit), xi);
      store_spikes(theta<Compare>(d, drive), recurrent + i);
      store_spikes(theta<Compare>(d, hn::Add(drive, u)), spikes + i);
    }
  }
  for (; i < size; ++i) {
    const double difference = excitation[i] - inhibition[i];
    if constexpr (Place == ThresholdPlace::last) {
      const double drive = difference + noise[i];
      recurrent[i] = theta<Compare>(drive - threshold[i]);
      spikes[i] = theta<Compare>((drive + input[i]) - threshold[i]);
    } else {
      const double drive = (difference - threshold[i]) + noise[i];
      recurrent[i] = theta<Compare>(drive);
      spikes[i] = theta<Compare>(drive + input[i]);
    }
  }
}

template <ThresholdPlace Place, Comparison Compare>
HWY_ATTR void fire_inhibitory(std::size_t size, const double* drive, const double* noise, const double* threshold,
                              std::uint8_t* spikes) {
  const Real d;
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= size; k += hn::Lanes(d)) {
    const auto q = hn::LoadU(d, drive + k);
    const auto xi = hn::LoadU(d, noise + k);
    const auto limit = hn::LoadU(d, threshold + k);
    const auto value = Place == ThresholdPlace::last ? hn::Sub(hn::Add(q, xi), limit) : hn::Add(hn::Sub(q, limit), xi);
    store_spikes(theta<Compare>(d, value), spikes + k);
  }
  for (; k < size; ++k) {
    spikes[k] = theta<Compare>(Place == ThresholdPlace::last ? (drive[k] + noise[k]) - threshold[k]
                                                             : (drive[k] - threshold[k]) + noise[k]);
  }
}

/// Calls fire(place, comparison) with the switches of `firing` as constants.
template <class Fire>
HWY_ATTR HWY_INLINE void with_constants(Firing firing, Fire fire) {
  const auto with_place = [&](auto place) HWY_ATTR {
    if (firing.comparison == Comparison::greater) {
      fire(place, std::integral_constant<Comparison, Comparison::greater>());
    } else {
      fire(place, std::integral_constant<Comparison, Comparison::at_least>());
    }
  };
  if (firing.threshold == ThresholdPlace::last) {
    with_place(std::integral_constant<ThresholdPlace, ThresholdPlace::last>());
  } else {
    with_place(std::integral_constant<ThresholdPlace, ThresholdPlace::first>());
  }
}

HWY_ATTR void fire_excitatory_as(Firing firing, std::size_t size, const double* excitation, const double* inhibition,
                                 const double* noise, const double* input, const double* threshold,
                                 std::uint8_t* recurrent, std::uint8_t* spikes) {
  with_constants(firing, [&](auto place, auto comparison) HWY_ATTR {
    fire_excitatory<place(), comparison()>(size, excitation, inhibition, noise, input, threshold, recurrent, spikes);
  });
}

HWY_ATTR void fire_inhibitory_as(Firing firing, std::size_t size, const double* drive, const double* noise,
                                 const double* threshold, std::uint8_t* spikes) {
  with_constants(firing, [&](auto place, auto comparison) HWY_ATTR {
    fire_inhibitory<place(), comparison()>(size, drive, noise, threshold, spikes);
  });
}

// Each of three additions rounds by up to 2⁻⁵³ of its operands. The slack is a million times that.
constexpr double slack_of_rounding = 1e-9;

/// (|distance| − slack)², or 0 if the distance is within the slack of rounding and `least`.
template <class D, class V = hn::Vec<D>>
HWY_ATTR HWY_INLINE V margin_of(D d, V distance, V size, double least) {
  const V slack = hn::Add(hn::Mul(size, hn::Set(d, slack_of_rounding)), hn::Set(d, slack_of_rounding + least));
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
  hn::StoreU(margin_of(d, hn::Min(without, with), size, 0.0), d, margin);
}

template <class D>
HWY_ATTR HWY_INLINE void inhibitory_margin(D d, const double* drive, double width, const double* threshold,
                                           double* margin) {
  const auto e = hn::LoadU(d, drive);
  const auto t = hn::LoadU(d, threshold);
  hn::StoreU(margin_of(d, hn::Abs(hn::Sub(e, t)), hn::Add(e, hn::Abs(t)), width), d, margin);
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

HWY_ATTR void inhibitory_margins(std::size_t size, const double* drive, double width, const double* threshold,
                                 double* margin) {
  const Real d;
  const hn::CappedTag<double, 1> one;
  std::size_t k = 0;
  for (; k + hn::Lanes(d) <= size; k += hn::Lanes(d)) inhibitory_margin(d, drive + k, width, threshold + k, margin + k);
  for (; k < size; ++k) inhibitory_margin(one, drive + k, width, threshold + k, margin + k);
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(fire_excitatory_as);
HWY_EXPORT(fire_inhibitory_as);
HWY_EXPORT(excitatory_margins);
HWY_EXPORT(inhibitory_margins);

void excitatory_margins(std::span<const double> excitation, std::span<const double> inhibition,
                        std::span<const double> input, std::span<const double> threshold,
                        std::span<double> margin) noexcept {
  HWY_DYNAMIC_DISPATCH(excitatory_margins)
  (threshold.size(), excitation.data(), inhibition.data(), input.data(), threshold.data(), margin.data());
}

void inhibitory_margins(std::span<const double> drive, double width, std::span<const double> threshold,
                        std::span<double> margin) noexcept {
  HWY_DYNAMIC_DISPATCH(inhibitory_margins)(threshold.size(), drive.data(), width, threshold.data(), margin.data());
}

void fire_excitatory(Firing firing, std::span<const double> excitation, std::span<const double> inhibition,
                     std::span<const double> noise, std::span<const double> input, std::span<const double> threshold,
                     std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(fire_excitatory_as)
  (firing, spikes.size(), excitation.data(), inhibition.data(), noise.data(), input.data(), threshold.data(),
   recurrent.data(), spikes.data());
}

void fire_inhibitory(Firing firing, std::span<const double> drive, std::span<const double> noise,
                     std::span<const double> threshold, std::span<std::uint8_t> spikes) noexcept {
  HWY_DYNAMIC_DISPATCH(fire_inhibitory_as)
  (firing, spikes.size(), drive.data(), noise.data(), threshold.data(), spikes.data());
}

}  // namespace sorn::kernels
#endif
