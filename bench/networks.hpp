// The networks and inputs of all programs in this folder.
#pragma once

#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <vector>

namespace sorn::bench {

/// After this number of steps, activity and thresholds no longer depend on their random initial values.
inline constexpr std::size_t warm_up_steps = 1000;

/// The quantities that calls of the Python package return for every step: E, I, R and C.
inline constexpr std::array<RecordRequest, 4> activity_and_count{
    {{Quantity::excitatory}, {Quantity::inhibitory}, {Quantity::recurrent}, {Quantity::ee_count}}};

/// Defaults with mu_ip = 0.1, the value of the published networks. The number of synapses per unit does not depend on
/// the size; for this W_IE must be sparse. A twentieth of the units has inputs, so that a tenth fires.
inline Parameters parameters(std::size_t ne) {
  Parameters p{.ne = ne, .nu = ne / 20, .mu_ip = 0.1};
  if (ne > 500) {
    constexpr double inputs_of_an_inhibitory_unit = 40.0;
    p.network_type_ie = Connectivity::sparse;
    p.lambda_ie = 100.0 * inputs_of_an_inhibitory_unit / static_cast<double>(ne);
  }
  return p;
}

/// Uniform inputs in [0, 1) for `steps` steps, which runs can read repeatedly.
class Inputs {
public:
  Inputs(std::size_t features, std::size_t steps) : features_(features), steps_(steps) {
    std::mt19937 generator(1);
    values_.reserve(features * steps);
    for (std::size_t k = 0; k < features * steps; ++k) values_.push_back(static_cast<double>(generator()) * 0x1p-32);
  }

  std::size_t steps() const noexcept { return steps_; }
  /// The values of one step.
  std::span<const double> step(std::size_t t) const noexcept {
    return std::span(values_).subspan(t % steps_ * features_, features_);
  }
  /// The values of `steps` steps from `first` on; they must be within the inputs.
  InputView view(std::size_t first, std::size_t steps) const noexcept {
    return {values_.data() + first * features_, features_, steps, 1, static_cast<std::ptrdiff_t>(features_)};
  }

private:
  std::size_t features_;
  std::size_t steps_;
  std::vector<double> values_;
};

/// Runs `steps` steps, and repeats the inputs from their beginning as often as necessary.
inline void run(Network& network, const Inputs& inputs, std::size_t steps, RunOptions options = {},
                std::span<Observer* const> observers = {}) {
  for (std::size_t done = 0; done < steps;) {
    const std::size_t now = std::min(steps - done, inputs.steps());
    options.inputs = inputs.view(0, now);
    done += network.run(now, options, observers);
  }
}

/// The number of plastic synapses: those of W_EE and W_EI.
inline double plastic_synapses(const Network& network) {
  return static_cast<double>(network.state().wee->synapse_count() + network.state().wei->synapse_count());
}

}  // namespace sorn::bench
