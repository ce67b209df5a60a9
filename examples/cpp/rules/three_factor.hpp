// A rule with three factors (Izhikevich 2007; Frémaux and Gerstner 2016): the reward acts on a trace of eligibility.
#pragma once

#include <sorn/own_rule.hpp>

#include <algorithm>

// rule: begin
class ThreeFactor final : public sorn::OwnRule {
public:
  std::string_view name() const noexcept override { return "three_factor"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<sorn::RuleValue> values() const override { return {{"eta", eta}, {"decay", decay}, {"low", low}}; }
  std::vector<std::string> needs() const override { return {"reward"}; }
  std::size_t memory_width(const sorn::Parameters& p) const override { return p.ne; }  // a trace for each pair

  void apply(sorn::RuleView& s) const override {
    const double reward = *s.signal("reward");
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto pre = s.wee.pre_of(post);
      const auto trace = s.memory_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        double& e = trace[pre[k]];
        e = decay * e + s.x[pre[k]] * s.next_x[post];
        s.wee.set(post, k, std::max(s.wee.weights_of(post)[k] + eta * reward * e, low));
      }
    }
  }
  double eta = 0.05, decay = 0.9, low = 1e-4;
};
// rule: end
