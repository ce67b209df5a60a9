// Intrinsic plasticity of the excitatory thresholds (docs/model.md, step 6).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/intrinsic.hpp"

#include <limits>

namespace sorn::rules {

inline void apply_ip(StepData& s, Part& part) noexcept {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Parameters& p = s.parameters;
  double lowest = -infinity;
  double highest = infinity;
  if (p.clip_te == Toggle::on) {
    lowest = p.te_min;
    highest = p.te_max;
  }
  kernels::intrinsic_plasticity(part.of_excitatory(s.state.te), part.of_excitatory(s.next_x),
                                part.of_excitatory(s.target), p.eta_ip, lowest, highest);
}

inline constexpr RuleInfo ip{.order = 20,
                             .name = "ip",
                             .label = "intrinsic plasticity",
                             .meaning = "intrinsic plasticity of the excitatory thresholds T_E",
                             .changes = {.te = true},
                             .apply = apply_ip};

}  // namespace sorn::rules
