// Reward-modulated STDP of W_OE (docs/reward.md):
//   W_OE[j][k] += m·η_OE·o'_k·z_j, where z is the activity that the output units have read; then the bounds.
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/outputs.hpp"

namespace sorn::rules {

inline void apply_ostdp(StepData& s, Part& part) noexcept {
  if (!s.has_outputs(part)) return;
  const Parameters& p = s.parameters;
  std::vector<double>& weights = s.state.output.woe;
  const kernels::OutputBounds bounds{p.woe_min, p.woe_max};
  const double change = s.modulation * p.eta_oe;
  if (change != 0.0) {
    if (p.output_learning == OutputLearning::unit_0) {
      kernels::pair_with_unit_0(weights, s.state.x, s.next_x, change, bounds, s.woe_settled);
    } else {
      kernels::potentiate_outputs(weights, s.read_by_outputs(), s.next_o, change, bounds, s.woe_settled);
    }
  }
  // Scaling leaves weights from 0 to 1 in this range, but not in a smaller one, and negative ones anywhere.
  const bool all = s.woe_unchecked || p.woe_min < 0.0 || p.woe_max < 1.0;
  if (all) kernels::bound_outputs(weights, bounds, s.woe_settled);
  s.woe_unchecked = false;
}

inline constexpr RuleInfo ostdp{.order = 60,
                                .name = "ostdp",
                                .label = "STDP of W_OE",
                                .meaning = "STDP of W_OE that the reward modulates",
                                .changes = {.outputs = true},
                                .apply = apply_ostdp};

}  // namespace sorn::rules
