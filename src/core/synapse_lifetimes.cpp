#include <sorn/synapse_lifetimes.hpp>

namespace sorn {

Observer::Outcome SynapseLifetimes::on_step(const StepView& view) {
  for (const SynapseEvent& event : view.synapses) lives_.add(event);
  end_ = view.step + 1;
  return Outcome::go_on;
}

}  // namespace sorn
