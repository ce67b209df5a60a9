#include "kernels/inhibition.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/inhibition.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// A slice is `lanes` wide on every processor; one with shorter vectors takes a row in several of them.
using Real = hn::CappedTag<double, lanes>;
using Word = hn::RebindToUnsigned<Real>;
using Index = hn::Rebind<std::uint32_t, Real>;
using Reals = hn::Vec<Real>;
using Words = hn::Vec<Word>;
using Marks = hn::Mask<Real>;

/// Which of the presynaptic units `pre` are active, looked up by the size of their population: in one word, in the
/// eight words of a register, in memory.
struct InOneWord {
  Words word;
  HWY_ATTR explicit InOneWord(const ActivityBits& bits) : word(hn::Set(Word(), bits.words()[0])) {}
  HWY_ATTR Words operator()(Words /*pre*/) const { return word; }
};

struct InMemory {
  const std::uint64_t* words;
  HWY_ATTR explicit InMemory(const ActivityBits& bits) : words(bits.words()) {}
  HWY_ATTR Words operator()(Words pre) const {
    return hn::GatherIndex(Word(), words, hn::BitCast(hn::RebindToSigned<Word>(), hn::ShiftRight<6>(pre)));
  }
};

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
struct InEightWords {
  Words words;
  HWY_ATTR explicit InEightWords(const ActivityBits& bits) : words(hn::LoadU(Word(), bits.words())) {}
  HWY_ATTR Words operator()(Words pre) const {
    return hn::TableLookupLanes(words, hn::IndicesFromVec(Word(), hn::ShiftRight<6>(pre)));
  }
};
#else
using InEightWords = InMemory;
#endif

/// Calls f with the lookup that suits the size of the population.
template <class F>
HWY_ATTR HWY_INLINE auto with_lookup(const ActivityBits& bits, std::size_t n_pre, F f) {
  if (n_pre <= 64) return f(InOneWord(bits));
  if (n_pre <= 512) return f(InEightWords(bits));
  return f(InMemory(bits));
}

template <class Lookup>
HWY_ATTR HWY_INLINE Marks active_of(const Lookup& lookup, const std::uint32_t* pre) {
  const Words index = hn::PromoteTo(Word(), hn::LoadU(Index(), pre));
  const Words one = hn::Set(Word(), 1);
  const Words shifted = hn::Shr(lookup(index), hn::And(index, hn::Set(Word(), 63)));
  return hn::RebindMask(Real(), hn::TestBit(shifted, one));
}

template <class Lookup>
HWY_ATTR HWY_INLINE void gather_slices(const ConstSlices& synapses, const Lookup& lookup, double* drive) {
  const Real d;
  HWY_ALIGN double row[lanes];
  for (std::size_t slice = 0; slice < synapses.n_slices; ++slice) {
    const std::size_t end = synapses.start[slice] + std::size_t{synapses.height[slice]} * lanes;
    for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
      Reals sum = hn::Zero(d);
      for (std::size_t entry = synapses.start[slice] + lane; entry < end; entry += lanes) {
        const Marks active = active_of(lookup, synapses.pre + entry);
        sum = hn::Add(sum, hn::IfThenElseZero(active, hn::LoadU(d, synapses.weight + entry)));
      }
      hn::Store(sum, d, row + lane);
    }
    const std::uint32_t* const unit = synapses.unit + slice * lanes;
    const std::size_t count = columns_of(synapses, slice);
    for (std::size_t lane = 0; lane < count; ++lane) drive[unit[lane]] = row[lane];
  }
}

HWY_ATTR void GatherDrive(const ConstSlices& synapses, const ActivityBits& active, double* drive) {
  with_lookup(active, synapses.n_pre, [&](const auto& lookup) HWY_ATTR { gather_slices(synapses, lookup, drive); });
}

template <class Lookup>
HWY_ATTR HWY_INLINE std::size_t change_slices(const Slices& synapses, const Lookup& lookup, const std::uint8_t* spikes,
                                              const double* change, std::uint32_t* gone) {
  const Real d;
  const Reals zero = hn::Zero(d);
  const Reals one = hn::Set(d, 1.0);
  HWY_ALIGN double delta[lanes] = {};
  std::size_t vanished = 0;
  for (std::size_t slice = 0; slice < synapses.n_slices; ++slice) {
    const std::uint32_t* const unit = synapses.unit + slice * lanes;
    const std::size_t count = columns_of(synapses, slice);
    for (std::size_t lane = 0; lane < count; ++lane) delta[lane] = change[spikes[unit[lane]]];
    const std::size_t end = synapses.start[slice] + std::size_t{synapses.height[slice]} * lanes;
    Marks changed = hn::MaskFromVec(hn::Zero(d));
    Marks ended = hn::MaskFromVec(hn::Zero(d));
    for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
      const Reals add = hn::Load(d, delta + lane);
      for (std::size_t entry = synapses.start[slice] + lane; entry < end; entry += lanes) {
        const Reals before = hn::LoadU(d, synapses.weight + entry);
        const Marks exists = hn::Gt(before, zero);
        const Marks active = active_of(lookup, synapses.pre + entry);
        const Reals moved = hn::Add(before, hn::IfThenElseZero(hn::And(active, exists), add));
        const Reals after = hn::IfThenElse(hn::Gt(moved, one), one, moved);
        hn::StoreU(after, d, synapses.weight + entry);
        changed = hn::Or(changed, hn::Ne(before, after));
        ended = hn::Or(ended, hn::And(exists, hn::Le(after, zero)));
      }
    }
    if (!hn::AllFalse(d, changed)) synapses.settled[slice] = 0;
    gone[vanished] = static_cast<std::uint32_t>(slice);
    vanished += hn::AllFalse(d, ended) ? 0U : 1U;
  }
  return vanished;
}

HWY_ATTR std::size_t Istdp(const Slices& synapses, const ActivityBits& active, const std::uint8_t* spikes,
                           const double* change, std::uint32_t* gone) {
  return with_lookup(active, synapses.n_pre, [&](const auto& lookup) HWY_ATTR {
    return change_slices(synapses, lookup, spikes, change, gone);
  });
}

HWY_ATTR std::size_t ScaleSlices(const Slices& synapses, std::uint32_t* gone) {
  const Real d;
  const Reals zero = hn::Zero(d);
  const Reals one = hn::Set(d, 1.0);
  std::size_t vanished = 0;
  for (std::size_t slice = 0; slice < synapses.n_slices; ++slice) {
    if (synapses.settled[slice] != 0) continue;
    const std::size_t end = synapses.start[slice] + std::size_t{synapses.height[slice]} * lanes;
    Marks changed = hn::MaskFromVec(hn::Zero(d));
    Marks ended = hn::MaskFromVec(hn::Zero(d));
    for (std::size_t lane = 0; lane < lanes; lane += hn::Lanes(d)) {
      const std::size_t first = synapses.start[slice] + lane;
      Reals sum = zero;
      for (std::size_t entry = first; entry < end; entry += lanes) {
        sum = hn::Add(sum, hn::LoadU(d, synapses.weight + entry));
      }
      sum = hn::IfThenElse(hn::Eq(sum, zero), one, sum);
      for (std::size_t entry = first; entry < end; entry += lanes) {
        const Reals before = hn::LoadU(d, synapses.weight + entry);
        const Reals after = hn::Div(before, sum);
        hn::StoreU(after, d, synapses.weight + entry);
        changed = hn::Or(changed, hn::Ne(before, after));
        ended = hn::Or(ended, hn::And(hn::Gt(before, zero), hn::Eq(after, zero)));
      }
    }
    synapses.settled[slice] = hn::AllFalse(d, changed) ? 1 : 0;
    gone[vanished] = static_cast<std::uint32_t>(slice);
    vanished += hn::AllFalse(d, ended) ? 0U : 1U;
  }
  return vanished;
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(GatherDrive);
HWY_EXPORT(Istdp);
HWY_EXPORT(ScaleSlices);

void ActivityBits::assign(std::span<const std::uint8_t> activity) noexcept {
  std::fill(words_.begin(), words_.end(), 0);
  for (std::size_t j = 0; j < activity.size(); ++j) words_[j / 64] |= std::uint64_t{activity[j]} << (j % 64);
}

void gather_drive(const ConstSlices& synapses, const ActivityBits& active, std::span<double> drive) noexcept {
  HWY_DYNAMIC_DISPATCH(GatherDrive)(synapses, active, drive.data());
}

std::span<const std::uint32_t> istdp(const Slices& synapses, const ActivityBits& active,
                                     std::span<const std::uint8_t> spikes, double eta, double mu_ip,
                                     SliceScratch& scratch) noexcept {
  // The change of a synapse whose inhibitory unit was active, if its excitatory unit is silent or fires.
  const double change[2] = {-eta * (1.0 - 0.0 * (1.0 + 1.0 / mu_ip)), -eta * (1.0 - 1.0 * (1.0 + 1.0 / mu_ip))};
  const std::size_t vanished =
      HWY_DYNAMIC_DISPATCH(Istdp)(synapses, active, spikes.data(), change, scratch.gone.data());
  return std::span(scratch.gone).first(vanished);
}

std::span<const std::uint32_t> scale_slices(const Slices& synapses, SliceScratch& scratch) noexcept {
  const std::size_t vanished = HWY_DYNAMIC_DISPATCH(ScaleSlices)(synapses, scratch.gone.data());
  return std::span(scratch.gone).first(vanished);
}

}  // namespace sorn::kernels
#endif
