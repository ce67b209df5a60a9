// Networks with rules of users' own.
#pragma once

#include <sorn/sorn.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace sorn::test {

/// A network of seed 5 with a rule, which `order` must name.
inline Network network_with(Parameters parameters, const std::shared_ptr<const OwnRule>& rule, std::string_view order) {
  Rule::own(rule->name());
  parameters.order = order_named(order);
  Network network(parameters, 5);
  network.set_rules({rule});
  return network;
}

inline State after(Network network, std::size_t steps, const RunOptions& options = {}) {
  network.run(steps, options);
  return network.state();
}

}  // namespace sorn::test
