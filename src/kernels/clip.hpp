// The bounds of a plastic weight, shared by STDP and iSTDP (docs/model.md, steps 5 and 8).
#pragma once

#include "kernels/columns.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sorn::kernels {

/// Removes the synapses of column `post` whose weight is not above 0, keeping the order of the others.
inline void remove_gone(const Columns& synapses, std::size_t post) noexcept {
  std::uint32_t* pre = synapses.pre + synapses.start[post];
  double* weight = synapses.weight + synapses.start[post];
  const std::uint32_t length = synapses.length[post];
  std::uint32_t kept = 0;
  for (std::uint32_t k = 0; k < length; ++k) {
    pre[kept] = pre[k];
    weight[kept] = weight[k];
    kept += weight[k] > 0.0 ? 1U : 0U;
  }
  std::fill(weight + kept, weight + length, 0.0);
  synapses.length[post] = kept;
}

/// Changes every weight of column `post` by change(pre), cuts those > 1 to 1 and removes those that end ≤ 0.
template <class Change>
inline void change_and_clip(const Columns& synapses, std::size_t post, Change change) noexcept {
  const std::uint32_t* pre = synapses.pre + synapses.start[post];
  double* weight = synapses.weight + synapses.start[post];
  const std::uint32_t length = synapses.length[post];
  bool changed = false;
  bool gone = false;
  for (std::uint32_t k = 0; k < length; ++k) {
    const double old = weight[k];
    double next = old + change(pre[k]);
    next = next > 1.0 ? 1.0 : next;
    changed |= next != old;
    gone |= next <= 0.0;
    weight[k] = next;
  }
  if (changed) synapses.settled[post] = 0;
  if (gone) remove_gone(synapses, post);
}

}  // namespace sorn::kernels
