// The plastic inhibition W_EI, which does not grow: eight columns at a time.
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn::kernels {

/// The activity of a presynaptic population as bits, as these kernels read it: bit j % 64 of word j / 64.
/// At least eight words, so that a small population can be looked up in registers.
class ActivityBits {
public:
  explicit ActivityBits(std::size_t n) : words_(n / 64 < 8 ? 8 : n / 64 + 1, 0) {}
  void assign(std::span<const std::uint8_t> activity) noexcept;
  const std::uint64_t* words() const noexcept { return words_.data(); }
  std::size_t size() const noexcept { return words_.size(); }

private:
  std::vector<std::uint64_t> words_;
};

/// Recurrent drive (docs/model.md, step 1): drive_i = Σ_k W[k][i]·y_k, from 0 in ascending k. `drive` has n_post values.
void gather_drive(const ConstSlices& synapses, const ActivityBits& active, std::span<double> drive) noexcept;

/// Memory that the rules work in.
struct SliceScratch {
  explicit SliceScratch(std::size_t n_post) : gone((n_post + lanes - 1) / lanes) {}
  std::vector<std::uint32_t> gone;
};

/// Inhibitory STDP (docs/model.md, step 8; Zheng, Dimitrakakis & Triesch 2013).
///   W[k][i] += −η_inhib·y_k·(1 − x'_i·(1 + 1/μ_IP)) for existing synapses; then ≤ 0 → gone, > 1 → 1.
/// @param active  y on entry to the step
/// @param spikes  x', n_post values
/// @returns the slices in which synapses have vanished, for the caller to remove
std::span<const std::uint32_t> istdp(const Slices& synapses, const ActivityBits& active,
                                     std::span<const std::uint8_t> spikes, double eta, double mu_ip,
                                     SliceScratch& scratch) noexcept;

/// Synaptic scaling (docs/model.md, step 9), as scale_columns() does for a growing matrix.
/// @returns the slices in which a weight underflowed to 0, for the caller to remove
std::span<const std::uint32_t> scale_slices(const Slices& synapses, SliceScratch& scratch) noexcept;

}  // namespace sorn::kernels
