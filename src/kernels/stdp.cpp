#include "kernels/stdp.hpp"

#include "kernels/activity.hpp"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/stdp.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

constexpr std::size_t most_lanes = 8;  // of 64 bits

/// Bits of units in memory.
struct BitsInMemory {
  static constexpr std::size_t most_units = std::numeric_limits<std::size_t>::max();
  const std::uint64_t* words;
  explicit BitsInMemory(const std::uint64_t* bits) : words(bits) {}
};

/// Writes the synapses of `row` to units whose bit is set into `hits`, and up to a vector of other synapses after them.
/// There is no branch on the bits, because they are unpredictable. @returns how many there are
HWY_ATTR HWY_INLINE std::size_t collect(std::span<const Outgoing> row, const BitsInMemory& bits, Outgoing* hits) {
  std::size_t count = 0;
  for (const Outgoing synapse : row) {
    hits[count] = synapse;
    count += bits.words[synapse.post() / 64] >> (synapse.post() % 64) & 1U;
  }
  return count;
}

#if HWY_TARGET == HWY_AVX3
namespace hn = hwy::HWY_NAMESPACE;

using Word = hn::ScalableTag<std::uint64_t>;
using Words = hn::Vec<Word>;

/// Bits of units in two registers of eight words, which look up eight units at once. Gathering eight words from memory
/// would take longer than eight separate reads.
struct BitsInRegisters {
  static constexpr std::size_t most_units = 1024;
  Words low;
  Words high;
  HWY_ATTR explicit BitsInRegisters(const std::uint64_t* bits)
      : low(hn::LoadU(Word(), bits)), high(hn::LoadU(Word(), bits + 8)) {}
  /// The words that hold the bits of these units.
  HWY_ATTR Words of(Words unit) const {
    return Words{_mm512_permutex2var_epi64(low.raw, hn::ShiftRight<6>(unit).raw, high.raw)};
  }
};

HWY_ATTR HWY_INLINE std::size_t collect(std::span<const Outgoing> row, const BitsInRegisters& bits, Outgoing* hits) {
  const Word d;
  std::size_t count = 0;
  for (std::size_t k = 0; k < row.size(); k += hn::Lanes(d)) {
    const Words synapse = hn::LoadU(d, &row[k].packed);  // may read beyond the row, but not beyond the index
    const Words post = hn::ShiftRight<32>(synapse);
    const auto set = hn::TestBit(hn::Shr(bits.of(post), hn::And(post, hn::Set(d, 63))), hn::Set(d, 1));
    const auto hit = hn::And(set, hn::FirstN(d, row.size() - k));
    // Highway's Compress() uses a table, which costs more than the instruction.
    hn::StoreU(Words{_mm512_maskz_compress_epi64(hit.raw, synapse.raw)}, d, &hits[count].packed);
    count += hn::CountTrue(d, hit);
  }
  return count;
}
#else
using BitsInRegisters = BitsInMemory;
#endif

/// Calls change(synapse) for the synapses of each listed unit to the units whose bits `targets(unit)` sets.
template <class Targets, class Change>
HWY_ATTR HWY_INLINE void for_each_hit(const OutgoingIndex& outgoing, std::span<const std::uint32_t> units,
                                      Targets targets, std::span<Outgoing> hits, Change change) {
  std::size_t count = 0;
  ListedRows listed(outgoing, units);
  while (listed.next()) {
    for (std::size_t n = 0; n < listed.size(); ++n) {
      const std::span<const Outgoing> row = listed.row(n);
      if (count + row.size() + most_lanes > hits.size()) {
        for (std::size_t h = 0; h < count; ++h) change(hits[h]);
        count = 0;
      }
      count += collect(row, targets(listed.unit(n)), hits.data() + count);
    }
  }
  for (std::size_t h = 0; h < count; ++h) change(hits[h]);
}

template <class Bits>
HWY_ATTR HWY_INLINE void change_hits(const Columns& synapses, const SpikePair& spikes, double eta,
                                     const WeightBounds& bounds, StdpScratch& scratch, Vanished& vanished) {
  const double high = bounds.high;
  const double low = std::max(bounds.low, std::numeric_limits<double>::denorm_min());
  const bool keep_zero = bounds.keep_zero;
  double* const weight = synapses.weight;
  std::uint8_t* const settled = synapses.settled;
  const Bits now(scratch.now.data());
  const Bits only_now(scratch.only_now.data());
  for_each_hit(
      *synapses.outgoing, spikes.active_before,
      [&](std::uint32_t pre) HWY_ATTR { return spikes.now[pre] != 0 ? only_now : now; }, scratch.hits,
      [=](Outgoing synapse) HWY_ATTR {
        const double raised = weight[synapse.entry()] + eta;
        weight[synapse.entry()] = raised > high ? high : raised;
        settled[synapse.post()] = 0;
      });
  const Bits before(scratch.before.data());
  const Bits only_before(scratch.only_before.data());
  for_each_hit(
      *synapses.outgoing, spikes.active_now,
      [&](std::uint32_t pre) HWY_ATTR { return spikes.before[pre] != 0 ? only_before : before; }, scratch.hits,
      [=, &vanished](Outgoing synapse) HWY_ATTR {
        const double lowered = weight[synapse.entry()] - eta;
        weight[synapse.entry()] = lowered > high ? high : lowered;
        settled[synapse.post()] = 0;
        if (HWY_UNLIKELY(lowered < low)) {
          weight[synapse.entry()] = 0.0;
          if (!keep_zero) vanished.add(synapse.post());
        }
      });
}

HWY_ATTR void stdp(const Columns& synapses, const SpikePair& spikes, double eta, const WeightBounds& bounds,
                   StdpScratch& scratch, Vanished& vanished) {
  if (synapses.n_post <= BitsInRegisters::most_units) {
    change_hits<BitsInRegisters>(synapses, spikes, eta, bounds, scratch, vanished);
  } else {
    change_hits<BitsInMemory>(synapses, spikes, eta, bounds, scratch, vanished);
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(stdp);

constexpr std::size_t hits_at_once = 4096;
constexpr std::size_t words_read_at_least = 16;  // BitsInRegisters reads this many

StdpScratch::StdpScratch(std::size_t n) : hits(hits_at_once + n) {
  for (auto* bits : {&before, &now, &only_before, &only_now}) bits->resize(std::max(words_read_at_least, n / 64 + 1));
}

void stdp(const Columns& synapses, const SpikePair& spikes, double eta, const WeightBounds& bounds,
          StdpScratch& scratch, Vanished& vanished) noexcept {
  pack_bits(spikes.before.subspan(synapses.first_post, synapses.n_post), scratch.before);
  pack_bits(spikes.now.subspan(synapses.first_post, synapses.n_post), scratch.now);
  // x'_i·x_j − x_i·x'_j is 0 if both units fire at both times. Such a synapse must not be raised and then lowered.
  for (std::size_t w = 0; w < scratch.now.size(); ++w) {
    scratch.only_before[w] = scratch.before[w] & ~scratch.now[w];
    scratch.only_now[w] = scratch.now[w] & ~scratch.before[w];
  }
  HWY_DYNAMIC_DISPATCH(stdp)(synapses, spikes, eta, bounds, scratch, vanished);
}

void bound(const Columns& synapses, const WeightBounds& bounds, Vanished& vanished) noexcept {
  for (std::uint32_t post = 0; post < synapses.n_post; ++post) {
    double* const weight = synapses.weight + synapses.start[post];
    for (std::uint32_t k = 0; k < synapses.length[post]; ++k) {
      if (bounds.is_low(weight[k])) {
        synapses.settled[post] &= static_cast<std::uint8_t>(weight[k] == 0.0);
        weight[k] = 0.0;
        if (!bounds.keep_zero) vanished.add(post);
      } else if (weight[k] > bounds.high) {
        weight[k] = bounds.high;
        synapses.settled[post] = 0;
      }
    }
  }
}

}  // namespace sorn::kernels
#endif
