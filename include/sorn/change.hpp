// Small changes of a network, and its exact twin: a copy that differs by them and is given the same random numbers.
#pragma once

#include <sorn/network.hpp>
#include <sorn/parameters.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sorn {

/// Changes of a network. What they leave open is drawn (TwinDraw).
namespace changes {

/// The current activity x of an excitatory unit is the opposite: one spike more, or one fewer.
struct Spike {
  std::optional<std::uint32_t> unit{};  ///< below ne; unset: drawn
  bool operator==(const Spike&) const = default;
};

/// A synapse of W_EE has another weight, is removed, or is added.
struct Synapse {
  std::optional<ChosenPair> between{};  ///< two different units below ne; unset: drawn
  double weight = 0.0;                  ///< in the twin, in [0, 1e6]; 0: the synapse is removed
  bool is_new = false;                  ///< it is added: it must not exist, and its weight must be above 0
  bool operator==(const Synapse&) const = default;
};

/// The threshold T_E of an excitatory unit is higher, or lower.
struct Threshold {
  std::optional<std::uint32_t> unit{};  ///< below ne; unset: drawn
  double delta = 0.0;                   ///< is added to the threshold
  bool operator==(const Threshold&) const = default;
};

/// Plasticity rules never act. They leave Parameters::order, so that the twin keeps them frozen wherever it goes.
struct Freeze {
  RuleSet rules{};  ///< each must act in the network
  bool operator==(const Freeze&) const = default;
};

/// Hyperparameters have other values. ne, ni and no must stay the same.
struct Set {
  std::vector<std::pair<std::string, ParameterValue>> values{};  ///< in this order
  bool operator==(const Set&) const = default;
};

/// Excitatory units lose all their synapses, in W_EE, W_EI, W_IE and W_OE. Structural plasticity may give them new
/// ones. They do not count in distances of activity and thresholds.
struct Lesion {
  std::vector<std::uint32_t> units{};  ///< below ne, each once
  std::size_t drawn = 0;               ///< so many further units are drawn
  bool operator==(const Lesion&) const = default;
};

}  // namespace changes

using Change =
    std::variant<changes::Spike, changes::Synapse, changes::Threshold, changes::Freeze, changes::Set, changes::Lesion>;

/// Which of all possible places a change has if it leaves its place open: each is equally probable. The same numbers
/// give the same places.
struct TwinDraw {
  std::uint64_t seed = 0;
  std::uint64_t pair = 0;  ///< number of the twin among those of the seed
};

/// Where the first change was made: a unit and -1, a synapse's two units, or -1 twice for a change that has no place.
/// For a lesion it is the first unit.
struct ChangedPlace {
  std::int64_t unit = -1;  ///< presynaptic, for a synapse
  std::int64_t post = -1;
  bool operator==(const ChangedPlace&) const = default;
};

/// A changed copy of a network.
struct Twin {
  Network network;
  ChangedPlace place{};
  std::vector<std::uint32_t> removed{};  ///< the units of lesions, ascending
};

/// The exact twin of a network: its copy with these changes, one after the other. It has the same seed and stands in
/// the same step, so that both draw the same noise and the same random numbers from here on.
/// @throws ParameterError for a unit that does not exist, a synapse that exists or does not exist as the change needs
/// it,
///   a self-connection, a rule that does not act, or a hyperparameter outside its range; UnknownNameError for the name
///   of a hyperparameter; ShapeError if ne, ni or no would change; StateError for a weight or threshold outside its
///   range, or if an act() waits for its learn(); ParameterError for a network over ranks
Twin twin(const Network& network, std::span<const Change> changes, const TwinDraw& draw = {});

/// The same with a list: twin(network, {changes::Spike{5}}).
inline Twin twin(const Network& network, std::initializer_list<Change> changes, const TwinDraw& draw = {}) {
  return twin(network, std::span<const Change>(changes.begin(), changes.size()), draw);
}

}  // namespace sorn
