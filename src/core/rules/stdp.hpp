// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/stdp.hpp"

namespace sorn::rules {

inline void apply_stdp(StepData& s, Part& part) noexcept {
  double eta = s.stdp_rate();
  SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
  kernels::SpikePair spikes{s.state.x, s.next_x, s.active.list(), s.next_active.list()};
  if (eta < 0.0) {  // by a negative modulation: weights fall where they would grow
    spikes = {spikes.now, spikes.before, spikes.active_now, spikes.active_before};
    eta = -eta;
  }
  kernels::stdp(wee.columns(), spikes, eta, s.wee_bounds, part.stdp, part.vanished);
  // Scaling leaves no weight above 1, but it may leave one above a smaller bound.
  const bool all = part.wee_unchecked || eta < s.wee_bounds.low || s.wee_bounds.high < 1.0;
  if (all) kernels::bound(wee.columns(), s.wee_bounds, part.vanished);
  part.wee_unchecked = false;
  remove_vanished(wee, part.vanished, &part.wee_log);
}

inline constexpr RuleInfo stdp{.order = 10,
                               .name = "stdp",
                               .label = "STDP",
                               .meaning = "spike-timing dependent plasticity of W_EE",
                               .changes = {.wee = true},
                               .apply = apply_stdp};

}  // namespace sorn::rules
