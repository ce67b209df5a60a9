// Synaptic scaling of W_EI (docs/model.md, step 9).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/scaling.hpp"

namespace sorn::rules {

inline void apply_ssei(StepData& s, Part& part) noexcept {
  const Parameters& p = s.parameters;
  SynapseSlice& wei = s.state.wei.mutate().slice(part.slice);
  kernels::scale_columns(wei.columns(), {p.scaling_min, 0.0}, part.scaling, part.vanished);
  const bool next_istdp_decides = p.wei_min > 0.0;
  remove_or_defer(wei, part.vanished, next_istdp_decides, part.wei_unchecked, nullptr);
}

inline constexpr RuleInfo ssei{.order = 52,
                               .name = "ssei",
                               .label = "synaptic scaling of W_EI",
                               .meaning = "synaptic scaling of W_EI: the incoming weights of each unit sum to 1",
                               .changes = {.wei = true},
                               .group = "ss",
                               .apply = apply_ssei};

}  // namespace sorn::rules
