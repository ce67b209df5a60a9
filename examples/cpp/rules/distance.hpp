// Structural plasticity that depends on distance (Butz and van Ooyen 2013): near units get a synapse more often.
#pragma once

#include <sorn/own_rule.hpp>

#include <array>
#include <cmath>
#include <utility>

// rule: begin
class Distance final : public sorn::OwnRule {
public:
  using Positions = std::vector<std::array<double, 2>>;
  explicit Distance(Positions positions) : positions_(std::move(positions)) {}
  std::string_view name() const noexcept override { return "distance"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<sorn::RuleValue> values() const override { return {{"p", p}, {"sigma", sigma}, {"weight", weight}}; }
  std::size_t most_new() const noexcept override { return positions_.size(); }
  std::size_t memory_width(const sorn::Parameters& /*p*/) const override { return positions_.size(); }
  void begin_memory(const sorn::MemoryStart& of) const override {  // the distances from all units
    for (std::size_t j = 0; j < positions_.size(); ++j) {
      const double dx = positions_[j][0] - positions_[of.unit][0];
      const double dy = positions_[j][1] - positions_[of.unit][1];
      of.memory[j] = std::sqrt(dx * dx + dy * dy);
    }
  }
  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const auto unit = static_cast<std::uint32_t>(post);
      const auto pre = static_cast<std::size_t>(s.uniform(unit) * static_cast<double>(s.wee.n_pre()));
      const double z = s.memory_of(post)[pre] / sigma;
      if (pre != post && s.uniform(unit, 1) < p * std::exp(-0.5 * z * z)) s.wee.make(pre, post, weight);
    }
  }
  double p = 0.1, sigma = 0.2, weight = 0.01;

private:
  Positions positions_;
};
// rule: end
