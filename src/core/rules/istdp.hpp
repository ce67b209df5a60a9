// Inhibitory STDP of W_EI (docs/model.md, step 8).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/istdp.hpp"

namespace sorn::rules {

inline void apply_istdp(StepData& s, Part& part) noexcept {
  const Parameters& p = s.parameters;
  SynapseSlice& wei = s.state.wei.mutate().slice(part.slice);
  kernels::istdp(wei.columns(), s.active_y.list(), part.of_excitatory(s.next_x), p.eta_inhib, p.mu_ip, p.wei_min,
                 part.vanished);
  if (part.wei_unchecked) kernels::bound_inhibitory(wei.columns(), p.wei_min, part.vanished);
  part.wei_unchecked = false;
  remove_vanished(wei, part.vanished, nullptr);
}

inline constexpr RuleInfo istdp{.order = 40,
                                .name = "istdp",
                                .label = "inhibitory STDP",
                                .meaning = "inhibitory STDP of W_EI",
                                .changes = {.wei = true},
                                .apply = apply_istdp};

}  // namespace sorn::rules
