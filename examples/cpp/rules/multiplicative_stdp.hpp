// Multiplicative STDP (van Rossum, Bi and Turrigiano 2000; Gütig and others 2003): steps depend on the weight.
#pragma once

#include <sorn/own_rule.hpp>

// rule: begin
class MultiplicativeStdp final : public sorn::OwnRule {
public:
  std::string_view name() const noexcept override { return "multiplicative_stdp"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<sorn::RuleValue> values() const override { return {{"eta", eta}, {"alpha", alpha}, {"high", high}}; }

  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto pre = s.wee.pre_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        const double w = s.wee.weights_of(post)[k];
        const double up = (high - w) * (s.x[pre[k]] * s.next_x[post]);
        const double down = alpha * w * (s.next_x[pre[k]] * s.x[post]);
        s.wee.set(post, k, w + eta * (up - down));
      }
    }
  }
  double eta = 0.05, alpha = 1.5, high = 0.2;
};
// rule: end
