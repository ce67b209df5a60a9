// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5; Lazar, Pipa & Triesch 2009).
//   W[j][i] += η_stdp·(x'_i·x_j − x_i·x'_j) for existing synapses; then the bounds of weights.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/vanished.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
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

/// The bounds of the weights of W_EE. A weight above the upper bound becomes the upper bound. A weight that is 0 or
/// less, or below the lower bound, becomes 0: its synapse vanishes, or stays and may grow again.
struct WeightBounds {
  double low = 0.0;
  double high = 1.0;
  bool keep_zero = false;
  bool operator==(const WeightBounds&) const = default;

  /// Whether a weight is below the range. No double is between 0 and the smallest positive one.
  bool is_low(double weight) const noexcept {
    return weight < std::max(low, std::numeric_limits<double>::denorm_min());
  }
};

/// Memory that stdp() works in, for n columns.
struct StdpScratch {
  explicit StdpScratch(std::size_t n);
  std::vector<std::uint64_t> before, now, only_before, only_now;  // a bit for each column's unit
  Scratch<Outgoing> hits;
};

/// Visits only the outgoing synapses of units that fired before or fire now, because no others change. Synapses that
/// vanish get the weight 0, and their columns are recorded in `vanished`.
/// @param eta  η_stdp, at least bounds.low or 0
void stdp(const Columns& synapses, const SpikePair& spikes, double eta, const WeightBounds& bounds,
          StdpScratch& scratch, Vanished& vanished) noexcept;

/// Brings all weights into the bounds. stdp() does this only for the weights that it changes; others are outside only
/// in a given state, or if scaling made them smaller than the lower bound.
void bound(const Columns& synapses, const WeightBounds& bounds, Vanished& vanished) noexcept;

}  // namespace sorn::kernels
