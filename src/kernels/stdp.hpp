// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5; Lazar, Pipa & Triesch 2009).
//   W[j][i] += η_stdp·(x'_i·x_j − x_i·x'_j) for existing synapses; then ≤ 0 → gone, > 1 → 1.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// The excitatory activity on entry to a step and the new one, as values and as lists of the units that fire.
struct SpikePair {
  std::span<const std::uint8_t> before;          ///< x, n values
  std::span<const std::uint8_t> now;             ///< x', n values
  std::span<const std::uint32_t> active_before;  ///< ascending
  std::span<const std::uint32_t> active_now;     ///< ascending
};

/// Memory that stdp() works in, for n units.
struct StdpScratch {
  static constexpr std::size_t batch = 1024;
  explicit StdpScratch(std::size_t n) : only_before(n), only_now(n), hits(batch + n), gone(n), is_gone(n, 0) {
    gone.clear();
  }
  std::vector<std::uint8_t> only_before, only_now;
  std::vector<Outgoing> hits;
  std::vector<std::uint32_t> gone;
  std::vector<std::uint8_t> is_gone;
};

/// Visits the outgoing synapses of the units that fired before or fire now: no others change. Synapses that vanish are
/// left with a weight ≤ 0; the caller removes them. @returns their columns, each once
std::span<const std::uint32_t> stdp(const Columns& synapses, const SpikePair& spikes, double eta,
                                    StdpScratch& scratch) noexcept;

/// Cuts weights above 1 to 1. STDP leaves none, but weights that come from outside may be larger.
void cut_to_one(const Columns& synapses) noexcept;

}  // namespace sorn::kernels
