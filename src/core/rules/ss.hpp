// Synaptic scaling of W_EE and W_EI (docs/model.md, step 9).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/scaling.hpp"

namespace sorn::rules {

inline void apply_ss(StepData& s, Part& part) noexcept {
  for (auto* matrix : {&s.state.wee, &s.state.wei}) {
    SynapseSlice& w = matrix->mutate().slice(part.slice);
    kernels::scale_columns(w.columns(), part.scaling, part.vanished);
    remove_vanished(w, part.vanished);
  }
}

inline constexpr RuleInfo ss{.order = 50,
                             .name = "ss",
                             .label = "synaptic scaling",
                             .meaning = "synaptic scaling: incoming W_EE and W_EI of each unit sum to 1",
                             .changes = {.wee = true, .wei = true},
                             .apply = apply_ss};

}  // namespace sorn::rules
