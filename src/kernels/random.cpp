#include "kernels/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace sorn::kernels {

std::array<std::uint32_t, 4> random_block(std::uint64_t seed, Stream stream, std::uint64_t step,
                                          std::uint32_t block) noexcept {
  const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)}};
  const r123::Philox4x32::ctr_type counter{{block, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(step),
                                            static_cast<std::uint32_t>(step >> 32U)}};
  const auto words = r123::Philox4x32{}(counter, key);
  return {words[0], words[1], words[2], words[3]};
}

std::uint64_t random_word(std::uint64_t seed, Stream stream, std::uint64_t step, std::uint32_t unit) noexcept {
  const auto block = random_block(seed, stream, step, unit);
  return block[0] | static_cast<std::uint64_t>(block[1]) << 32U;
}

double uniform(std::uint64_t word) noexcept { return (static_cast<double>(word >> 12U) + 0.5) * 0x1p-52; }

std::uint64_t below(std::uint64_t n, std::uint64_t word) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(n) * word) >> 64U);
}

namespace {

constexpr std::size_t blocks_at_once = 64;

/// ln(u) for u in (0, 1), to about 1e-15: u = m·2^e with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)) by its series.
double natural_log(double u) noexcept {
  constexpr std::uint64_t sqrt_half = std::bit_cast<std::uint64_t>(0.5 * std::numbers::sqrt2);
  constexpr std::uint64_t one = std::bit_cast<std::uint64_t>(1.0);
  // Subtracting √½'s bits makes the exponent field of the difference the exponent that leaves m in [√½, √2).
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(u) + (one - sqrt_half);
  // The biased exponent as a double, by placing it in the low mantissa bits of 2⁵²: no integer conversion needed.
  const double exponent = std::bit_cast<double>((bits >> 52U) | 0x4330000000000000U) - (0x1p52 + 1023.0);
  const double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFU) + sqrt_half);
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 1.0 / 19.0;
  series = series * z + 1.0 / 17.0;
  series = series * z + 1.0 / 15.0;
  series = series * z + 1.0 / 13.0;
  series = series * z + 1.0 / 11.0;
  series = series * z + 1.0 / 9.0;
  series = series * z + 1.0 / 7.0;
  series = series * z + 1.0 / 5.0;
  series = series * z + 1.0 / 3.0;
  return exponent * std::numbers::ln2 + (2.0 * s + 2.0 * s * z * series);
}

/// sin and cos of 2π·turn/2³². The nearest quarter turn is split off exactly, in integers; what is left lies within
/// ±π/4, where the Taylor series reach 1e-15.
struct SineCosine {
  double sine;
  double cosine;
};

SineCosine sine_cosine(std::uint32_t turn) noexcept {
  const std::uint32_t quarter = (turn + 0x20000000U) >> 30U;
  const auto rest = static_cast<std::int32_t>(turn - (quarter << 30U));
  const double angle = static_cast<double>(rest) * (std::numbers::pi * 0x1p-31);
  const double z = angle * angle;
  double sine = -1.0 / 1307674368000.0;
  sine = sine * z + 1.0 / 6227020800.0;
  sine = sine * z - 1.0 / 39916800.0;
  sine = sine * z + 1.0 / 362880.0;
  sine = sine * z - 1.0 / 5040.0;
  sine = sine * z + 1.0 / 120.0;
  sine = sine * z - 1.0 / 6.0;
  sine = angle + angle * z * sine;
  double cosine = 1.0 / 20922789888000.0;
  cosine = cosine * z - 1.0 / 87178291200.0;
  cosine = cosine * z + 1.0 / 479001600.0;
  cosine = cosine * z - 1.0 / 3628800.0;
  cosine = cosine * z + 1.0 / 40320.0;
  cosine = cosine * z - 1.0 / 720.0;
  cosine = cosine * z + 1.0 / 24.0;
  cosine = cosine * z - 1.0 / 2.0;
  cosine = cosine * z + 1.0;
  // Turn back by `quarter` quarter turns: odd ones swap sine and cosine, the signs follow.
  const bool swap = (quarter & 1U) != 0;
  const double s = swap ? cosine : sine;
  const double c = swap ? sine : cosine;
  const double s_sign = (quarter & 2U) != 0 ? -1.0 : 1.0;
  const double c_sign = ((quarter + 1U) & 2U) != 0 ? -1.0 : 1.0;
  return {s * s_sign, c * c_sign};
}

}  // namespace

void fill_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, std::span<double> out) noexcept {
  // Two passes over a small buffer: integers first, then arithmetic that a compiler can do several lanes at a time.
  std::array<std::uint32_t, 2 * blocks_at_once> radius;
  std::array<std::uint32_t, 2 * blocks_at_once> turn;
  std::array<double, 4 * blocks_at_once> values;
  for (std::size_t first = 0; first < out.size(); first += values.size()) {
    const std::size_t count = std::min(values.size(), out.size() - first);
    const std::size_t blocks = (count + 3) / 4;
    for (std::size_t b = 0; b < blocks; ++b) {
      const auto words = random_block(seed, stream, step, static_cast<std::uint32_t>(first / 4 + b));
      radius[2 * b] = words[0];
      turn[2 * b] = words[1];
      radius[2 * b + 1] = words[2];
      turn[2 * b + 1] = words[3];
    }
    for (std::size_t p = 0; p < 2 * blocks; ++p) {
      const double u = (static_cast<double>(radius[p]) + 0.5) * 0x1p-32;
      const double r = std::sqrt(-2.0 * natural_log(u));
      const SineCosine direction = sine_cosine(turn[p]);
      values[2 * p] = r * direction.cosine;
      values[2 * p + 1] = r * direction.sine;
    }
    std::copy_n(values.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace sorn::kernels
