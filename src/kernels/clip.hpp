// The bounds of a plastic weight, shared by STDP and iSTDP (docs/model.md, steps 5 and 8).
#pragma once

#include "kernels/columns.hpp"

#include <cstddef>
#include <cstdint>

namespace sorn::kernels {

/// Changes every weight of column `post` by change(pre), removes those that end ≤ 0 and cuts those > 1 to 1.
template <class Change>
inline void change_and_clip(const Columns& synapses, std::size_t post, Change change) noexcept {
  std::uint32_t* pre = synapses.pre + synapses.start[post];
  double* weight = synapses.weight + synapses.start[post];
  const std::uint32_t length = synapses.length[post];
  std::uint32_t kept = 0;
  bool changed = false;
  for (std::uint32_t k = 0; k < length; ++k) {
    const double old = weight[k];
    double next = old + change(pre[k]);
    next = next > 1.0 ? 1.0 : next;
    changed |= next != old;
    pre[kept] = pre[k];
    weight[kept] = next;
    kept += next > 0.0 ? 1U : 0U;
  }
  synapses.length[post] = kept;
  if (changed) synapses.settled[post] = 0;
}

}  // namespace sorn::kernels
