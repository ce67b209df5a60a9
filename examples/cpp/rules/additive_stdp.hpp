// Additive STDP (Song, Miller and Abbott 2000): a weight changes by steps of a constant size, between two bounds.
#pragma once

#include <sorn/own_rule.hpp>

#include <algorithm>

// rule: begin
class AdditiveStdp final : public sorn::OwnRule {
public:
  std::string_view name() const noexcept override { return "additive_stdp"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<sorn::RuleValue> values() const override {
    return {{"plus", plus}, {"minus", minus}, {"low", low}, {"high", high}};
  }
  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto pre = s.wee.pre_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        const double change = plus * (s.x[pre[k]] * s.next_x[post]) - minus * (s.next_x[pre[k]] * s.x[post]);
        s.wee.set(post, k, std::clamp(s.wee.weights_of(post)[k] + change, low, high));
      }
    }
  }
  double plus = 0.01, minus = 0.0105, low = 0.001, high = 0.2;
};
// rule: end
