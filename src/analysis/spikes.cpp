#include "analysis/spikes.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

namespace sorn::analysis {

void require_content(const SpikeSource& source) {
  if (source.steps() != 0 && source.neurons() != 0) return;
  throw ShapeError(formatted("a spike train of {} steps and {} neurons", source.steps(), source.neurons()),
                   "must have at least one step and one neuron");
}

void require_neuron(const SpikeSource& source, std::size_t neuron) {
  if (neuron < source.neurons()) return;
  throw ParameterError(formatted("neuron = {}", neuron),
                       formatted("must be less than {}, the neurons of this spike train", source.neurons()),
                       "spike trains have the shape (time, neurons)");
}

void require_window(const SpikeSource& source, const char* name, std::size_t window) {
  if (window >= 1 && window <= source.steps()) return;
  throw ParameterError(formatted("{} = {}", name, window),
                       formatted("must be from 1 to {}, the steps of this spike train", source.steps()));
}

void require_same_shape(const SpikeSource& actual, const SpikeSource& perturbed) {
  if (actual.steps() == perturbed.steps() && actual.neurons() == perturbed.neurons()) return;
  throw ShapeError(formatted("spike trains of shapes ({}, {}) and ({}, {})", actual.steps(), actual.neurons(),
                             perturbed.steps(), perturbed.neurons()),
                   "must have the same shape (time, neurons) to be compared");
}

}  // namespace sorn::analysis
