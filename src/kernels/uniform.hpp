// Uniform random numbers of the units of a population, as addressed as those that they are made of (random.hpp). Four
// units share a block of Philox, with 32 bits each.
#pragma once

#include "kernels/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::kernels {

/// The number in (0, 1) of one unit.
double uniform_of_unit(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t unit) noexcept;

/// Noise between 0 and `width`, where it can matter: out[i] is the noise of unit first_unit + i, or 0 if it is smaller
/// than √margin[i] anyway.
/// @param margin  squares, at least out.size() values ≥ 0
void fill_needed_uniform(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit, double width,
                         std::span<const double> margin, std::span<double> out) noexcept;

/// Sets spikes[i] to 1 with this probability, for unit first_unit + i.
void add_random_spikes(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit,
                       double probability, std::span<std::uint8_t> spikes) noexcept;

}  // namespace sorn::kernels
