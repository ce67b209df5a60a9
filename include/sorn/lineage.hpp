// The lineage of the synapses of W_EE: which there are, and which steps made and removed them.
#pragma once

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace sorn {

/// Which synapses there are, whatever their weights: the presynaptic units of each postsynaptic unit. Unit i has the
/// entries start[i] … start[i+1]−1 of `pre`, which ascend.
struct Topology {
  std::size_t n_pre = 0;
  std::vector<std::size_t> start{0};
  std::vector<std::uint32_t> pre{};

  /// The synapses of a matrix. Of a share only its own units have any.
  static Topology of(const SynapseMatrix& matrix);
  std::size_t n_post() const noexcept { return start.size() - 1; }
  std::size_t synapse_count() const noexcept { return pre.size(); }
  bool operator==(const Topology&) const = default;
};

/// The synapses before a step, from those after it and its events. @throws StateError if the events contradict them
Topology topology_before(const SynapseMatrix& after, std::span<const SynapseEvent> events);

/// The life of a synapse of W_EE that was made during a run.
struct SynapseLife {
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  std::uint64_t birth = 0;  ///< the step that made it, from 0 when the network was built
  std::uint64_t steps = 0;  ///< the steps after which it was there, from 1 on
  bool ended = false;       ///< whether a step removed it; otherwise it lived at least so long
  bool operator==(const SynapseLife&) const = default;
};

/// Follows synapses from birth to death. The deaths of those whose births were not seen are left out.
class SynapseLives {
public:
  void add(const SynapseEvent& event);
  /// All lives in the order of birth, as they are before step `end`, which is after all events.
  std::vector<SynapseLife> until(std::uint64_t end) const;

private:
  std::vector<SynapseLife> lives_;                        // steps is not set yet as long as it lives
  std::unordered_map<std::uint64_t, std::size_t> alive_;  // a pair: the place of its life
};

/// Births and deaths of synapses in windows of equal length.
struct Turnover {
  std::vector<std::uint64_t> first_step{};  ///< of each window
  std::vector<std::uint64_t> births{}, deaths{};
  std::vector<double> synapses{};  ///< the mean number on entry to the steps of the window
};

/// The synapses before the first recorded step, and the events of the steps from then on.
struct Lineage {
  std::uint64_t begin = 0;  ///< the first recorded step
  std::uint64_t end = 0;    ///< the step after the last one
  Topology start{};
  std::vector<SynapseEvent> events{};  ///< in the order of step, post, pre

  /// The synapses after a step. @throws ParameterError unless the step was recorded, StateError if events contradict
  /// each other: the birth of a synapse that is there, the death of one that is not, or a unit that does not exist
  Topology topology(std::uint64_t step) const;

  /// The lives of all synapses that were born in these steps, in the order of birth.
  std::vector<SynapseLife> lives() const;

  /// The number of synapses after each step. @throws StateError as topology()
  std::vector<std::uint64_t> synapse_counts() const;

  /// Whole windows of `window` steps; steps at the end that fill none are left out.
  /// @throws ParameterError unless 1 ≤ window ≤ end − begin
  Turnover turnover(std::uint64_t window) const;
};

}  // namespace sorn
