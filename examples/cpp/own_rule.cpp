// A rule of your own: Oja's rule (1982) in place of STDP. A synapse grows with the product of both activities and
// shrinks with its weight wherever its unit fires: W[j][i] += eta · x'_i · (x_j − x'_i · W[j][i]).
#include <sorn/sorn.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

// own rule: begin
class Oja final : public sorn::OwnRule {
public:
  explicit Oja(double eta) : eta_(eta) {}
  std::string_view name() const noexcept override { return "oja"; }
  sorn::Changes changes() const noexcept override { return {.wee = true}; }

  void apply(sorn::RuleView& s) const override {
    for (std::size_t post = s.units.begin; post < s.units.end; ++post) {
      if (s.next_x[post] == 0) continue;
      const auto pre = s.wee.pre_of(post);
      const auto weight = s.wee.weights_of(post);
      for (std::size_t k = 0; k < pre.size(); ++k) {
        s.wee.set(post, k, weight[k] + eta_ * (s.x[pre[k]] - weight[k]));
      }
    }
  }

private:
  double eta_;
};
// own rule: end

int main() {
  try {
    sorn::Rule::own("oja");  // makes the name known, so that an order can hold it
    sorn::Parameters parameters{.ne = 200, .nu = 10, .mu_ip = 0.1};
    parameters.order = sorn::order_named("oja, ip, sp, istdp, ss");

    sorn::Network network(parameters, /*seed=*/42);
    network.set_rules({std::make_shared<Oja>(0.01)});
    network.run(10'000);

    double heaviest = 0.0;
    for (std::size_t post = 0; post < parameters.ne; ++post) {
      for (const double weight : network.state().wee->column(post).weight) heaviest = std::max(heaviest, weight);
    }
    std::cout << network.state().wee->synapse_count() << " W_EE synapses, the heaviest of weight " << heaviest << '\n';
  } catch (const sorn::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
