// Oja's rule (1982): Hebbian growth with a decay that keeps the sum of the squares of a unit's weights at 1.
#pragma once

#include <sorn/own_rule.hpp>

#include <algorithm>

// rule: begin
class Oja final : public sorn::OwnRule {
public:
  std::string_view name() const noexcept override { return "oja"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<sorn::RuleValue> values() const override { return {{"eta", eta}, {"low", low}}; }

  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto pre = s.wee.pre_of(post);
      const auto w = s.wee.weights_of(post);
      double y = 0.0;  // the drive of the unit, as its graded activity
      for (std::size_t k = 0; k < pre.size(); ++k) y += w[k] * s.x[pre[k]];
      for (std::size_t k = 0; k < pre.size(); ++k) {
        s.wee.set(post, k, std::max(w[k] + eta * y * (s.x[pre[k]] - y * w[k]), low));
      }
    }
  }
  double eta = 0.01, low = 1e-6;
};
// rule: end
