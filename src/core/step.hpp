// One step of a network: what it reads and writes, and its stages.
#pragma once

#include "core/part.hpp"
#include "kernels/activity.hpp"
#include "kernels/vanished.hpp"
#include "team/exchange.hpp"

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn {

/// All that the stages of a step read and write. Threads share it; each writes only the values of its own units.
struct StepData {
  StepData(const Parameters& p, State from);

  Parameters parameters;
  State state;
  std::vector<double> target{};  // ne: the rates that intrinsic plasticity aims at

  // The drive of the step.
  InputView inputs{};
  InputView replay{};      // noise to replay
  double sigma = 0.0;      // standard deviation of drawn noise; 0 without noise and for replayed noise
  std::size_t moment = 0;  // column of the inputs and of the replayed noise

  std::vector<std::uint8_t> recurrent, next_x;         // ne
  std::vector<std::uint8_t> next_y;                    // ni
  kernels::ActiveUnits active, next_active, active_y;  // of x, x' and y
  bool knows_next_x = false;                           // whether x' is already shared
  SynapseCounts counts{};                              // on entry to the step

  std::vector<Part> parts{};
  std::optional<Exchange> exchange{};  // of the current run, if there are ranks
};

/// Removes the synapses that a kernel has listed as vanished.
inline void remove_vanished(SynapseSlice& synapses, kernels::Vanished& vanished) noexcept {
  if (vanished.list().empty()) return;
  synapses.remove_gone(vanished.list());
  vanished.clear();
}

// The acts of a step, for the units of a part (docs/model.md, steps 1 to 4).
void fire_excitatory(StepData& s, Part& part) noexcept;
void fire_inhibitory(StepData& s, Part& part) noexcept;

/// The last act of a step (step 10): X ← (x, x'), Y ← (y, y').
void shift(StepData& s) noexcept;

/// Whether these stages form a step: each population fires once, all activity is shared before the first rule,
/// and no rule comes twice.
constexpr bool make_a_step(std::span<const Stage> stages) noexcept {
  std::size_t fired_e = 0;
  std::size_t fired_i = 0;
  bool shared = false;
  RuleSet rules;
  for (const Stage& stage : stages) {
    if (const auto* rule = std::get_if<Rule>(&stage)) {
      if (!shared || fired_e != 1 || fired_i != 1 || rules.contains(*rule)) return false;
      rules.insert(*rule);
      continue;
    }
    const Act act = *std::get_if<Act>(&stage);
    fired_e += act == Act::fire_excitatory ? 1 : 0;
    fired_i += act == Act::fire_inhibitory ? 1 : 0;
    shared = act == Act::share;
  }
  return shared && fired_e == 1 && fired_i == 1;
}

}  // namespace sorn
