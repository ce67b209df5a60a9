// Standard normal numbers, several at a time. plain::gaussian() computes the same numbers one at a time, and the tests
// compare every instruction set with it, bit for bit.
#include "kernels/gaussian.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gaussian.cpp"  // NOLINT(cppcoreguidelines-macro-usage): Highway's way
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sorn::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Real = hn::ScalableTag<double>;
using Word = hn::ScalableTag<std::uint64_t>;
using Reals = hn::Vec<Real>;
using Words = hn::Vec<Word>;

HWY_ATTR Words words(std::uint64_t value) { return hn::Set(Word(), value); }
HWY_ATTR Reals reals(double value) { return hn::Set(Real(), value); }
HWY_ATTR Reals as_reals(Words bits) { return hn::BitCast(Real(), bits); }
HWY_ATTR Words as_words(Reals values) { return hn::BitCast(Word(), values); }

/// Converts whole numbers below 2³² to doubles exactly: they are placed in the low mantissa bits of 2⁵², which is then
/// subtracted.
HWY_ATTR Reals to_reals(Words small) {
  return hn::Sub(as_reals(hn::Or(small, words(0x4330000000000000U))), reals(0x1p52));
}

/// The product of the low halves of two lanes.
HWY_ATTR Words multiply_low(Words a, Words b) {
#if HWY_TARGET == HWY_SCALAR
  return Words((a.raw & 0xFFFFFFFFU) * (b.raw & 0xFFFFFFFFU));
#else
  const hn::Repartition<std::uint32_t, Word> narrow;
  return hn::MulEven(hn::BitCast(narrow, a), hn::BitCast(narrow, b));
#endif
}

/// Four words for the block of each lane, in the low halves of the lanes. The high halves have no meaning.
struct Blocks {
  Words word[4];
};

/// Philox4x32-10 (Salmon et al. 2011), a block in each lane.
HWY_ATTR Blocks philox(Words block, std::uint64_t seed, std::uint32_t stream, std::uint64_t step) {
  constexpr std::uint64_t low = 0xFFFFFFFFU;
  const Words multiplier0 = words(0xD2511F53U);
  const Words multiplier1 = words(0xCD9E8D57U);
  Words c0 = block;
  Words c1 = words(stream);
  Words c2 = words(step & low);
  Words c3 = words(step >> 32U);
  auto key0 = static_cast<std::uint32_t>(seed);
  auto key1 = static_cast<std::uint32_t>(seed >> 32U);
  for (int round = 0; round < 10; ++round) {
    const Words product0 = multiply_low(multiplier0, c0);
    const Words product1 = multiply_low(multiplier1, c2);
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), c1), words(key0));
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), c3), words(key1));
    c1 = product1;
    c3 = product0;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return {c0, c1, c2, c3};
}

/// ln(u) for u in (0, 1), to about 1e-15: u = m·2^e with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)) by its series.
HWY_ATTR Reals natural_log(Reals u) {
  constexpr std::uint64_t sqrt_half = 0x3FE6A09E667F3BCDU;
  constexpr std::uint64_t one = 0x3FF0000000000000U;
  // Subtracting √½'s bits makes the exponent field of the difference the exponent that leaves m in [√½, √2).
  const Words bits = hn::Add(as_words(u), words(one - sqrt_half));
  const Reals exponent =
      hn::Sub(as_reals(hn::Or(hn::ShiftRight<52>(bits), words(0x4330000000000000U))), reals(0x1p52 + 1023.0));
  const Reals m = as_reals(hn::Add(hn::And(bits, words(0x000FFFFFFFFFFFFFU)), words(sqrt_half)));
  const Reals s = hn::Div(hn::Sub(m, reals(1.0)), hn::Add(m, reals(1.0)));
  const Reals z = hn::Mul(s, s);
  Reals series = reals(1.0 / 19.0);
  for (const double coefficient :
       {1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0, 1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0}) {
    series = hn::Add(hn::Mul(series, z), reals(coefficient));
  }
  const Reals twice = hn::Mul(reals(2.0), s);
  return hn::Add(hn::Mul(exponent, reals(std::numbers::ln2)), hn::Add(twice, hn::Mul(hn::Mul(twice, z), series)));
}

struct SineCosine {
  Reals sine;
  Reals cosine;
};

/// sin and cos of 2π·turn/2³². The nearest quarter turn is subtracted exactly, in integers. The rest lies within ±π/4,
/// where the Taylor series reach 1e-15.
HWY_ATTR SineCosine sine_cosine(Words turn) {
  const Words quarter = hn::ShiftRight<30>(hn::Add(turn, words(0x20000000U)));
  // The rest is in [−2²⁹, 2²⁹). After adding 2³² it is a small whole number.
  const Words moved = hn::Sub(hn::Add(turn, words(0x100000000U)), hn::ShiftLeft<30>(quarter));
  const Reals rest = hn::Sub(as_reals(hn::Or(moved, words(0x4330000000000000U))), reals(0x1p52 + 0x1p32));
  const Reals angle = hn::Mul(rest, reals(std::numbers::pi * 0x1p-31));
  const Reals z = hn::Mul(angle, angle);
  Reals sine = reals(-1.0 / 1307674368000.0);
  for (const double coefficient :
       {1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0, -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0}) {
    sine = hn::Add(hn::Mul(sine, z), reals(coefficient));
  }
  sine = hn::Add(angle, hn::Mul(hn::Mul(angle, z), sine));
  Reals cosine = reals(1.0 / 20922789888000.0);
  for (const double coefficient : {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0,
                                   -1.0 / 720.0, 1.0 / 24.0, -1.0 / 2.0, 1.0}) {
    cosine = hn::Add(hn::Mul(cosine, z), reals(coefficient));
  }
  // Turn back by `quarter` quarter turns: odd ones swap sine and cosine, the signs follow.
  const auto swap = hn::RebindMask(Real(), hn::TestBit(quarter, words(1)));
  const Words sine_sign = hn::ShiftLeft<62>(hn::And(quarter, words(2)));
  const Words cosine_sign = hn::ShiftLeft<62>(hn::And(hn::Add(quarter, words(1)), words(2)));
  return {as_reals(hn::Xor(as_words(hn::IfThenElse(swap, cosine, sine)), sine_sign)),
          as_reals(hn::Xor(as_words(hn::IfThenElse(swap, sine, cosine)), cosine_sign))};
}

/// Box–Muller: two normal numbers from two words.
HWY_ATTR SineCosine box_muller(Words radius, Words turn) {
  const Words low = words(0xFFFFFFFFU);
  const Reals u = hn::Mul(hn::Add(to_reals(hn::And(radius, low)), reals(0.5)), reals(0x1p-32));
  const Reals r = hn::Sqrt(hn::Mul(reals(-2.0), natural_log(u)));
  const SineCosine direction = sine_cosine(hn::And(turn, low));
  return {hn::Mul(r, direction.sine), hn::Mul(r, direction.cosine)};
}

HWY_ATTR void fill_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, double sigma, double* out,
                            std::size_t size) {
  const Real d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t at_once = 4 * lanes;
  const Reals deviation = reals(sigma);
  HWY_ALIGN double last[4 * hn::MaxLanes(Real())];
  Words block = hn::Iota(Word(), 0);
  for (std::size_t first = 0; first < size; first += at_once, block = hn::Add(block, words(lanes))) {
    const Blocks random = philox(block, seed, static_cast<std::uint32_t>(stream), step);
    const SineCosine a = box_muller(random.word[0], random.word[1]);
    const SineCosine b = box_muller(random.word[2], random.word[3]);
    const bool whole = first + at_once <= size;
    hn::StoreInterleaved4(hn::Mul(a.cosine, deviation), hn::Mul(a.sine, deviation), hn::Mul(b.cosine, deviation),
                          hn::Mul(b.sine, deviation), d, whole ? out + first : last);
    if (!whole) std::copy_n(last, size - first, out + first);
  }
}

/// An upper bound of r² of box_muller(), with a line instead of the logarithm: u = m·2^−k with m in [1, 2), and
/// log2 m ≥ m − 1. The bits of u, read as a whole number, are 2⁵²·(1023 − k + (m − 1)).
HWY_ATTR HWY_INLINE Reals radius_bound(Words radius, Reals scale) {
  const Reals u = hn::Mul(hn::Add(to_reals(hn::And(radius, words(0xFFFFFFFFU))), reals(0.5)), reals(0x1p-32));
  const Reals exponent = hn::Mul(to_reals(hn::ShiftRight<12>(as_words(u))), reals(0x1p-40));
  return hn::Mul(hn::Sub(reals(1023.0), exponent), scale);
}

/// The pairs of units that need their numbers: the input of box_muller() for each, and the number of the pair.
struct PairList {
  std::uint64_t* radius;
  std::uint64_t* turn;
  std::uint64_t* pair;
  std::size_t count;

  /// Appends the lanes of a mask.
  HWY_ATTR HWY_INLINE void append(hn::Mask<Real> needed, Words radii, Words turns, Words pairs) {
    const Word d;
#if HWY_TARGET == HWY_AVX3
    const auto pack = [&](Words from, std::uint64_t* to)
                          HWY_ATTR { hn::StoreU(Words{_mm512_maskz_compress_epi64(needed.raw, from.raw)}, d, to); };
    pack(radii, radius + count);
    pack(turns, turn + count);
    pack(pairs, pair + count);
    count += hn::CountTrue(Real(), needed);
#else
    if (hn::AllFalse(Real(), needed)) return;
    HWY_ALIGN std::uint64_t lane[3][hn::MaxLanes(Word())];
    hn::Store(radii, d, lane[0]);
    hn::Store(turns, d, lane[1]);
    hn::Store(pairs, d, lane[2]);
    std::uint8_t bits[8] = {};
    hn::StoreMaskBits(Real(), needed, bits);
    for (std::size_t k = 0; k < hn::Lanes(d); ++k) {
      radius[count] = lane[0][k];
      turn[count] = lane[1][k];
      pair[count] = lane[2][k];
      count += bits[0] >> k & 1U;
    }
#endif
  }
};

HWY_ATTR void fill_needed_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, double sigma,
                                   std::size_t first_block, const double* margin, std::size_t size,
                                   NeededPairs& scratch, double* out) {
  const Real d;
  const std::size_t lanes = hn::Lanes(d);
  // A millionth more than 2·ln 2·σ², because the numbers themselves are rounded.
  const Reals scale = reals(2.0 * std::numbers::ln2 * 1.000001 * sigma * sigma);
  PairList needed{scratch.radius.data(), scratch.turn.data(), scratch.pair.data(), 0};
  Words block = hn::Iota(Word(), 0);
  for (std::size_t first = 0; first < size; first += 4 * lanes, block = hn::Add(block, words(lanes))) {
    Reals a;
    Reals b;
    Reals c;
    Reals e;
    hn::LoadInterleaved4(d, margin + first, a, b, c, e);
    const Blocks random = philox(hn::Add(block, words(first_block)), seed, static_cast<std::uint32_t>(stream), step);
    const Words pair = hn::ShiftLeft<1>(block);
    needed.append(hn::Le(hn::Min(a, b), radius_bound(random.word[0], scale)), random.word[0], random.word[1], pair);
    needed.append(hn::Le(hn::Min(c, e), radius_bound(random.word[2], scale)), random.word[2], random.word[3],
                  hn::Add(pair, words(1)));
  }
  const Reals deviation = reals(sigma);
  HWY_ALIGN double sine[hn::MaxLanes(Real())];
  HWY_ALIGN double cosine[hn::MaxLanes(Real())];
  for (std::size_t n = 0; n < needed.count; n += lanes) {
    const SineCosine z = box_muller(hn::LoadU(Word(), needed.radius + n), hn::LoadU(Word(), needed.turn + n));
    hn::Store(hn::Mul(z.sine, deviation), d, sine);
    hn::Store(hn::Mul(z.cosine, deviation), d, cosine);
    for (std::size_t k = 0; k < std::min(lanes, needed.count - n); ++k) {
      out[2 * needed.pair[n + k]] = cosine[k];
      out[2 * needed.pair[n + k] + 1] = sine[k];
    }
  }
}

}  // namespace
}  // namespace sorn::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sorn::kernels {

HWY_EXPORT(fill_gaussian);
HWY_EXPORT(fill_needed_gaussian);

void fill_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, std::span<double> out,
                   double sigma) noexcept {
  HWY_DYNAMIC_DISPATCH(fill_gaussian)(seed, stream, step, sigma, out.data(), out.size());
}

NeededPairs::NeededPairs(std::size_t n) : radius(n / 2 + batch), turn(n / 2 + batch), pair(n / 2 + batch) {}

void fill_needed_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit, double sigma,
                          std::span<const double> margin, NeededPairs& scratch, std::span<double> out) noexcept {
  std::fill(out.begin(), out.end(), 0.0);
  HWY_DYNAMIC_DISPATCH(fill_needed_gaussian)
  (seed, stream, step, sigma, first_unit / units_of_block, margin.data(), margin.size(), scratch, out.data());
}

}  // namespace sorn::kernels
#endif
