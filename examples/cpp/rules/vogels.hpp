// Homeostatic inhibitory plasticity (Vogels and others 2011): inhibition brings each unit to a target rate.
#pragma once

#include <sorn/own_rule.hpp>

#include <algorithm>

// rule: begin
class Vogels final : public sorn::OwnRule {
public:
  std::string_view name() const noexcept override { return "vogels"; }
  sorn::Changes changes() const noexcept override { return {.wei = true}; }
  std::vector<sorn::RuleValue> values() const override {
    return {{"eta", eta}, {"rate", rate}, {"decay", decay}, {"low", low}};
  }
  std::size_t memory_width(const sorn::Parameters& /*p*/) const override { return 1; }  // a trace of each unit's rate

  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      double& trace = s.memory_of(post)[0];
      trace = decay * trace + (1.0 - decay) * s.next_x[post];
      const auto pre = s.wei.pre_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        s.wei.set(post, k, std::max(s.wei.weights_of(post)[k] + eta * s.y[pre[k]] * (trace - rate), low));
      }
    }
  }
  double eta = 0.01, rate = 0.1, decay = 0.95, low = 1e-4;
};
// rule: end
