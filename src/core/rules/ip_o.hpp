// Intrinsic plasticity of the output units (docs/reward.md): T_O,k += η_IP,O·(o'_k − H_O,k), in steps with a reward.
// Answers that nobody asked for do not count: the output units share the target rate among those that are rewarded.
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/intrinsic.hpp"

#include <limits>

namespace sorn::rules {

inline void apply_ip_o(StepData& s, Part& part) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!s.has_outputs(part) || !s.has_reward()) return;
  kernels::intrinsic_plasticity(s.state.output.to, s.next_o, s.output_target, s.parameters.eta_ip_o, -infinity,
                                infinity);
}

inline constexpr RuleInfo ip_o{.order = 61,
                               .name = "ip_o",
                               .label = "intrinsic plasticity of output units",
                               .meaning = "intrinsic plasticity of the thresholds T_O of output units",
                               .changes = {.outputs = true},
                               .apply = apply_ip_o};

}  // namespace sorn::rules
