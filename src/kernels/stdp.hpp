// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5; Lazar, Pipa & Triesch 2009).
//   W[j][i] += η_stdp·(x'_i·x_j − x_i·x'_j) for existing synapses; then ≤ 0 → gone, > 1 → 1.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/vanished.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// The excitatory activity on entry to a step and the new activity, as values and as lists of active units. They hold
/// all units, even if a kernel works on some columns only.
struct SpikePair {
  std::span<const std::uint8_t> before;          ///< x, n values
  std::span<const std::uint8_t> now;             ///< x', n values
  std::span<const std::uint32_t> active_before;  ///< ascending
  std::span<const std::uint32_t> active_now;     ///< ascending
};

/// Memory that stdp() works in, for n columns.
struct StdpScratch {
  explicit StdpScratch(std::size_t n);
  std::vector<std::uint64_t> before, now, only_before, only_now;  // a bit for each column's unit
  std::vector<Outgoing> hits;
};

/// Visits only the outgoing synapses of units that fired before or fire now, because no others change. Synapses that
/// vanish keep a weight ≤ 0, and their columns are recorded in `vanished`.
void stdp(const Columns& synapses, const SpikePair& spikes, double eta, StdpScratch& scratch,
          Vanished& vanished) noexcept;

/// Sets weights above 1 to 1. Plasticity leaves none, but the weights of a given state may be larger.
void cut_to_one(const Columns& synapses) noexcept;

}  // namespace sorn::kernels
