// Networks with rules of users' own.
#pragma once

#include <sorn/sorn.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::test {

/// Plasticity is strong enough that a rule shows its effect in some hundred steps.
inline const Parameters rule_parameters{.ne = 70, .nu = 7, .eta_stdp = 0.02, .mu_ip = 0.1};

/// A network of seed 5 with a rule, which `order` must name.
inline Network network_with(Parameters parameters, const std::shared_ptr<const OwnRule>& rule, std::string_view order) {
  Rule::own(rule->name());
  parameters.order = order_named(order);
  Network network(parameters, 5);
  network.set_rules({rule});
  return network;
}

/// A rule with three factors: the reward changes weights by a trace of each pair of units, which grows if the
/// presynaptic unit was active and the postsynaptic one is. A last column of the memory of each unit counts its spikes.
class Rewarded final : public OwnRule {
public:
  explicit Rewarded(double eta = 0.01) : eta_(eta) {}
  std::string_view name() const noexcept override { return "rewarded"; }
  Changes changes() const noexcept override { return {.wee = true}; }
  std::vector<RuleValue> values() const override { return {{"eta", eta_}, {"decay", 0.9}}; }
  std::vector<std::string> needs() const override { return {"reward"}; }
  std::size_t memory_width(const Parameters& p) const override { return p.ne + 1; }
  void begin_memory(const MemoryStart& start) const override { start.memory.back() = start.uniform(); }
  void apply(RuleView& s) const override {
    const double reward = *s.signal("reward");
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      const std::span<double> trace = s.memory_of(post);
      trace.back() += s.next_x[post];
      const auto pre = s.wee.pre_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        trace[pre[k]] = 0.9 * trace[pre[k]] + s.x[pre[k]] * s.next_x[post];
        s.wee.set(post, k, s.wee.weights_of(post)[k] + eta_ * reward * trace[pre[k]]);
      }
    }
  }

private:
  double eta_;
};

inline State after(Network network, std::size_t steps, const RunOptions& options = {}) {
  network.run(steps, options);
  return network.state();
}

}  // namespace sorn::test
