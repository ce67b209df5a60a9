// One step of a network: what it reads and writes, and its stages.
#pragma once

#include "core/part.hpp"
#include "kernels/activity.hpp"
#include "kernels/vanished.hpp"
#include "team/exchange.hpp"

#include <sorn/network.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn {

/// What belongs to a run, if anything: a copy of a network has none.
template <class T>
struct OfRun : std::optional<T> {
  OfRun() = default;
  OfRun(const OfRun& /*other*/) noexcept : std::optional<T>() {}
  OfRun(OfRun&&) noexcept = default;
  OfRun& operator=(const OfRun& other) noexcept {
    if (this != &other) this->reset();
    return *this;
  }
  OfRun& operator=(OfRun&&) = delete;
  ~OfRun() = default;
};

/// The activity of other ranks' units in a rank that has synapses of few of them. In a sparse step it is known of these
/// units only: their lists and bytes are right, the bytes of all others are 0, and the bits of the last messages hold
/// the rest.
struct SparseActivity {
  bool allowed = false;            // in this run
  bool begun = false;              // the exchange knows the needed units
  bool step = false;               // this step is sparse
  bool before = false;             // the step before was: x and y lack units
  bool previous_is_clear = false;  // whether x_previous and x' have no bytes of other ranks' units
  bool next_is_clear = false;
};

/// All that the stages of a step read and write. Threads share it; each writes only the values of its own units.
struct StepData {
  StepData(const Parameters& p, State from);

  /// Sets what follows from hyperparameters and seed.
  void set_parameters(const Parameters& p);

  Parameters parameters;
  State state;
  std::vector<double> target{};  // ne: the rates that intrinsic plasticity aims at
  kernels::WeightBounds wee_bounds{};

  // The drive of the step.
  InputView inputs{};
  Source* source = nullptr;  // instead of inputs
  Shown shown{};             // by the source in this step
  InputView replay{};        // noise to replay
  double sigma = 0.0;        // σ of drawn noise; 0 without noise and for replayed noise
  std::size_t moment = 0;    // column of the inputs and of the replayed noise

  // The signals of the run, in the order in which they were given: position_of(given_signals, "reward") finds one, once
  // in a run, and its value in a step is signals[position].
  std::span<const Signal> given_signals{};
  std::vector<double> signals{};  // their values in this step

  // Given choices of structural plasticity: those of later steps, and those of this step.
  std::optional<std::span<const NewSynapse>> new_synapses{};
  std::span<const NewSynapse> new_now{};
  std::vector<ChosenPair> to_make{};  // synapses that this step makes

  std::vector<double> outgoing{};  // ne: 0.5·b_j of the rows of W_EE, for scaling by incoming and outgoing sums

  // The output layer.
  std::vector<double> output_target{};      // no: the rates that intrinsic plasticity of output units aims at
  std::vector<double> output_drive{};       // no: drive minus threshold
  std::vector<std::uint8_t> next_o{};       // no
  std::vector<std::uint8_t> woe_settled{};  // no: 0: scaling must look at the weights onto the unit
  bool woe_unchecked = true;                // weights of a given state may be outside their bounds
  std::optional<std::size_t> reward_at{};   // which signal is the reward
  double modulation = 0.0;                  // m: the reward minus its baseline; 0 without one to learn from

  std::vector<std::uint8_t> recurrent, next_x;                        // ne
  std::vector<std::uint8_t> next_y;                                   // ni
  kernels::ActiveUnits active, next_active, active_y, next_active_y;  // of x, x', y and y'
  bool knows_next_x = false;                                          // whether x' is already shared
  SparseActivity sparse{};
  SynapseCounts counts{};  // on entry to the step

  std::vector<SynapseEvent> events{};  // of the parts, if an observer sees synapses

  std::vector<Part> parts{};
  OfRun<Exchange> exchange{};  // if there are ranks

  std::size_t synapse_count() const noexcept {
    return state.wee->synapse_count() + state.wei->synapse_count() + state.wie->synapse_count();
  }
  /// The units of this rank.
  UnitRange own_excitatory() const noexcept { return {parts.front().excitatory.begin, parts.back().excitatory.end}; }
  /// A synapse of this unit will be new on this rank. Called by one thread.
  void know(std::uint32_t pre) noexcept;
  /// The excitatory units whose activity the output units read in this step.
  std::span<const std::uint32_t> read_by_outputs() const noexcept {
    return parameters.readout_lag == 0 ? next_active.list() : active.list();
  }
  /// Whether the rules of the output layer act with this part: the first one has the whole layer.
  bool has_outputs(const Part& part) const noexcept { return &part == parts.data() && !next_o.empty(); }
  /// Whether this step has a reward.
  bool has_reward() const noexcept { return reward_at && !std::isnan(signals[*reward_at]); }
  /// Whether a reward changes anything.
  bool learns_from_reward() const noexcept {
    return parameters.no > 0 || parameters.recurrent == RecurrentLearning::reward;
  }
  /// The learning rate of STDP of W_EE in this step.
  double stdp_rate() const noexcept {
    if (parameters.recurrent == RecurrentLearning::on) return parameters.eta_stdp;
    return parameters.recurrent == RecurrentLearning::off ? 0.0 : modulation * parameters.eta_stdp;
  }
};

/// Removes the synapses that a kernel has listed as vanished.
inline void remove_vanished(SynapseSlice& synapses, kernels::Vanished& vanished, SynapseLog* log) noexcept {
  if (vanished.list().empty()) return;
  synapses.remove_gone(vanished.list(), log);
  vanished.clear();
}

/// The same after scaling. With `defer`, the weights stay as they are, and `unchecked` tells the rule that applies the
/// bounds to look at all weights.
inline void remove_or_defer(SynapseSlice& synapses, kernels::Vanished& vanished, bool defer, bool& unchecked,
                            SynapseLog* log) noexcept {
  if (vanished.list().empty()) return;
  if (!defer) return remove_vanished(synapses, vanished, log);
  unchecked = true;
  vanished.clear();
}

// The acts of a step, for the units of a part (docs/model.md, steps 1 to 4).
void fire_excitatory(StepData& s, Part& part) noexcept;
void fire_inhibitory(StepData& s, Part& part) noexcept;

/// The output units fire (docs/reward.md).
void fire_outputs(StepData& s) noexcept;

/// Sets the modulation of the step from its reward, and keeps the reward among the last ones unless the run is one
/// without plasticity.
void take_reward(StepData& s, Phase phase) noexcept;

/// The last act of a step (step 10): X ← (x, x'), Y ← (y, y'), O ← o'.
void shift(StepData& s) noexcept;

}  // namespace sorn
