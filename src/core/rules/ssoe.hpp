// Synaptic scaling of W_OE (docs/reward.md).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/outputs.hpp"

namespace sorn::rules {

inline void apply_ssoe(StepData& s, Part& part) noexcept {
  if (!s.has_outputs(part)) return;
  kernels::scale_outputs(s.state.output.woe, s.parameters.scaling_min, s.woe_settled);
}

inline constexpr RuleInfo ssoe{.order = 62,
                               .name = "ssoe",
                               .label = "synaptic scaling of W_OE",
                               .meaning = "synaptic scaling of W_OE: the weights onto each output unit sum to 1",
                               .changes = {.outputs = true},
                               .apply = apply_ssoe};

}  // namespace sorn::rules
