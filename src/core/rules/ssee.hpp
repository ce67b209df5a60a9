// Synaptic scaling of W_EE (docs/model.md, step 9), by incoming sums or by incoming and outgoing sums.
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/scaling.hpp"

#include <algorithm>

namespace sorn::rules {

inline bool scales_both_ways(const StepData& s) noexcept { return s.parameters.eta_ds > 0.0; }

/// Sets half the sum of each row of W_EE, which is taken in ascending postsynaptic unit: each part, and each rank, adds
/// to the sums of those before it.
inline void sum_outgoing(StepData& s) noexcept {
  std::fill(s.outgoing.begin(), s.outgoing.end(), 0.0);
  const auto add_own = [&] {
    for (const Part& part : s.parts) kernels::add_outgoing(s.state.wee->slice(part.slice).columns(), s.outgoing);
  };
  if (s.exchange) {
    s.exchange->in_turns(s.outgoing, add_own);
  } else {
    add_own();
  }
  kernels::complete_outgoing(s.outgoing, s.parameters.scaling_min);
}

inline void apply_ssee(StepData& s, Part& part) noexcept {
  const Parameters& p = s.parameters;
  SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
  const kernels::Scaling scaling{p.scaling_min, p.wee_min};
  if (scales_both_ways(s)) {
    kernels::scale_both_ways(wee.columns(), scaling, p.eta_ds, s.outgoing, part.vanished);
  } else {
    kernels::scale_columns(wee.columns(), scaling, part.scaling, part.vanished);
  }
  const bool next_stdp_decides = p.wee_min > 0.0 || p.keep_zero == Toggle::on;
  remove_or_defer(wee, part.vanished, next_stdp_decides, part.wee_unchecked, &part.wee_log);
}

inline constexpr RuleInfo ssee{.order = 51,
                               .name = "ssee",
                               .label = "synaptic scaling of W_EE",
                               .meaning = "synaptic scaling of W_EE: the incoming weights of each unit sum to 1",
                               .changes = {.wee = true},
                               .group = "ss",
                               .prepares = scales_both_ways,
                               .prepare = sum_outgoing,
                               .apply = apply_ssee};

}  // namespace sorn::rules
