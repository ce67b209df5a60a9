// Inhibitory STDP of W_EI (docs/model.md, step 8).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/istdp.hpp"
#include "kernels/stdp.hpp"

namespace sorn::rules {

inline void apply_istdp(StepData& s, Part& part) noexcept {
  SynapseSlice& wei = s.state.wei.mutate().slice(part.slice);
  kernels::istdp(wei.columns(), s.active_y.list(), part.of_excitatory(s.next_x), s.parameters.eta_inhib,
                 s.parameters.mu_ip, part.vanished);
  remove_vanished(wei, part.vanished);
  if (part.wei_may_exceed_one) kernels::cut_to_one(wei.columns());
  part.wei_may_exceed_one = false;
}

inline constexpr RuleInfo istdp{.order = 40,
                                .name = "istdp",
                                .label = "inhibitory STDP",
                                .meaning = "inhibitory STDP of W_EI",
                                .changes = {.wei = true},
                                .apply = apply_istdp};

}  // namespace sorn::rules
