// Spike-timing dependent plasticity of W_EE (docs/model.md, step 5).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/stdp.hpp"

namespace sorn::rules {

inline void apply_stdp(StepData& s, Part& part) noexcept {
  SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
  kernels::stdp(wee.columns(), {s.state.x, s.next_x, s.active.list(), s.next_active.list()}, s.parameters.eta_stdp,
                part.stdp, part.vanished);
  remove_vanished(wee, part.vanished);
  if (part.wee_may_exceed_one) kernels::cut_to_one(wee.columns());
  part.wee_may_exceed_one = false;
}

inline constexpr RuleInfo stdp{.order = 10,
                               .name = "stdp",
                               .label = "STDP",
                               .meaning = "spike-timing dependent plasticity of W_EE",
                               .changes = {.wee = true},
                               .apply = apply_stdp};

}  // namespace sorn::rules
