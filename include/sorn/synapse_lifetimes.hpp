// How long the synapses live that structural plasticity makes.
#pragma once

#include <sorn/lineage.hpp>
#include <sorn/network.hpp>

#include <cstdint>
#include <vector>

namespace sorn {

/// Follows the synapses of W_EE that are made during a run until they are removed. Those that are there from the start
/// are left out, since their births were not seen. A pair that loses its synapse and gets another one has two lives,
/// unless both happens in one step. A synapse that rests at 0 (Parameters::keep_zero) lives on. Over ranks, each
/// process follows the synapses to its own units. Memory grows with the number of births.
class SynapseLifetimes final : public Observer {
public:
  /// Begins with the synapses that a network has now.
  explicit SynapseLifetimes(const Network& network) : end_(network.state().step) {}

  Outcome on_step(const StepView& view) override;
  bool sees_synapses() const noexcept override { return true; }
  bool reads_activity(std::uint64_t /*step*/) const noexcept override { return false; }

  /// All lives in the order of birth; those of one step by post, then pre.
  std::vector<SynapseLife> lives() const { return lives_.until(end_); }

private:
  SynapseLives lives_;
  std::uint64_t end_;  // the step after the last one
};

}  // namespace sorn
