// Normal random numbers, as addressed as those that they are made of (random.hpp).
#pragma once

#include "kernels/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// Standard normal numbers for the units 0 … out.size()−1: Box–Muller on 32-bit uniforms, four units to a block of
/// Philox, so that |value| ≤ 6.77. They are computed from additions, multiplications, divisions and square roots of
/// IEEE doubles, and so have the same bits on every machine. The C library's log, sin and cos do not.
/// @param sigma  standard deviation: each number is multiplied by it
void fill_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, std::span<double> out,
                   double sigma = 1.0) noexcept;

/// The number of units whose normal numbers come from one block of Philox.
inline constexpr std::size_t units_of_block = 4;

/// The number of units that kernels process at once. Buffers of margins and of normal numbers are padded to whole
/// batches.
inline constexpr std::size_t batch = 32;
constexpr std::size_t in_batches(std::size_t n) noexcept { return (n + batch - 1) / batch * batch; }

/// Memory that fill_needed_gaussian() works in, for n units.
struct NeededPairs {
  explicit NeededPairs(std::size_t n);
  std::vector<std::uint64_t> radius, turn, pair;
};

/// The same numbers as fill_gaussian(), but only where they can matter: each out[i] is the number of unit i, or 0 if
/// the number is smaller in magnitude than √margin[i]. A bound of the radius decides this before the logarithm, the
/// root, the sine and the cosine are computed.
/// @param first_unit  the unit of margin[0] and out[0], a multiple of units_of_block
/// @param margin      squares, in_batches(n) values ≥ 0; the padding is infinite
/// @param out         in_batches(n) values
void fill_needed_gaussian(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit, double sigma,
                          std::span<const double> margin, NeededPairs& scratch, std::span<double> out) noexcept;

}  // namespace sorn::kernels
