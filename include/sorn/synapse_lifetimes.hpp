// How long the synapses live that structural plasticity makes.
#pragma once

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace sorn {

/// The life of a synapse of W_EE that was made during a run.
struct SynapseLife {
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  std::uint64_t birth = 0;  ///< the step that made it, from 0 when the network was built
  std::uint64_t steps = 0;  ///< the steps after which it was there, from 1 on
  bool ended = false;       ///< whether a step removed it; otherwise it lived at least so long
  bool operator==(const SynapseLife&) const = default;
};

/// Follows the synapses of W_EE that are made during a run until they are removed. Those that are there from the start
/// are left out, since their births were not seen. A pair that loses its synapse and gets another one has two lives,
/// unless both happens in one step. A synapse that rests at 0 (Parameters::keep_zero) lives on. Over ranks, each
/// process follows the synapses to its own units.
///
/// Each step compares the presynaptic units of all synapses with those of the step before. Memory grows with the number
/// of births.
class SynapseLifetimes final : public Observer {
public:
  /// Begins with the synapses that a network has now.
  explicit SynapseLifetimes(const Network& network);

  Outcome on_step(const StepView& view) override;

  /// All lives in the order of birth; those of one step by post, then pre.
  std::vector<SynapseLife> lives() const;

private:
  /// The structure of a slice as its arrays hold it.
  struct Structure {
    UnitRange posts{};
    std::vector<std::uint32_t> start, length, pre;
  };

  bool knows(const SynapseMatrix& wee) const noexcept;
  void remember(const SynapseMatrix& wee);
  std::span<const std::uint32_t> known_column(std::size_t post) const noexcept;
  void compare(std::size_t post, std::span<const std::uint32_t> before, std::span<const std::uint32_t> now,
               std::uint64_t step);
  void begin(std::uint64_t pair, std::uint64_t step);
  void end(std::uint64_t pair, std::uint64_t step);

  std::vector<Structure> slices_;                         // after the last step
  std::vector<SynapseLife> lives_;                        // steps is not set yet as long as it lives
  std::unordered_map<std::uint64_t, std::size_t> alive_;  // a pair: the place of its life
  std::uint64_t end_;                                     // the step after the last one
};

}  // namespace sorn
