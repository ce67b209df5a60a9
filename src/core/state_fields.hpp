// The fields of a State as rows of tables. Files, ranks, checks and Python iterate over them.
#pragma once

#include "team/population.hpp"

#include <sorn/share.hpp>
#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn {

/// The owned units of one population.
constexpr UnitRange units_of(const Ownership& own, Population population) noexcept {
  return population == Population::excitatory ? own.excitatory : own.inhibitory;
}

/// Thresholds of the units of a population.
struct ThresholdField {
  const char* name;  ///< in files, errors and Python; so are the names below
  std::vector<double> State::*values;
  Population units;
};
inline constexpr std::array<ThresholdField, 2> threshold_fields{{
    {"Te", &State::te, Population::excitatory},
    {"Ti", &State::ti, Population::inhibitory},
}};

/// Activity of the units of a population, in two columns: the previous step, and the current one.
struct ActivityField {
  const char* name;
  std::array<std::vector<std::uint8_t> State::*, 2> columns;
  Population units;
};
inline constexpr std::array<ActivityField, 2> activity_fields{{
    {"X", {&State::x_previous, &State::x}, Population::excitatory},
    {"Y", {&State::y_previous, &State::y}, Population::inhibitory},
}};

/// The two columns of a field as a [unit][column] array.
template <class T>
std::vector<T> by_unit(const State& state, const ActivityField& field) {
  std::vector<T> values;
  for (std::size_t i = 0; i < (state.*field.columns[0]).size(); ++i) {
    for (const auto column : field.columns) values.push_back((state.*column)[i]);
  }
  return values;
}

/// Synapses from one population onto another.
struct WeightField {
  const char* name;
  CopyOnWrite<SynapseMatrix> State::*values;
  Population pre, post;
  Plasticity plasticity;

  /// No unit has a synapse onto itself.
  constexpr bool zero_diagonal() const noexcept { return pre == post; }
};
inline constexpr std::array<WeightField, 3> weight_fields{{
    {"Wee", &State::wee, Population::excitatory, Population::excitatory, Plasticity::plastic},
    {"Wei", &State::wei, Population::inhibitory, Population::excitatory, Plasticity::plastic},
    {"Wie", &State::wie, Population::excitatory, Population::inhibitory, Plasticity::fixed},
}};

/// Numbers of the output layer, of which all ranks have all.
struct OutputField {
  const char* name;
  std::vector<double> OutputLayer::*values;
  bool by_excitatory;  ///< one value for each excitatory unit
  bool by_output;      ///< one value for each output unit; in neither case: a list
  bool optional;       ///< may be empty

  /// The shape of its values, if they are there.
  std::vector<std::size_t> shape(const State& state) const {
    std::vector<std::size_t> extents;
    if (by_excitatory) extents.push_back(state.ne());
    if (by_output) extents.push_back(state.output.no());
    if (extents.empty()) extents.push_back((state.output.*values).size());
    return extents;
  }
};
inline constexpr std::array<OutputField, 5> output_fields{{
    {"To", &OutputLayer::to, false, true, false},
    {"Woe", &OutputLayer::woe, true, true, false},
    {"h_o", &OutputLayer::h_o, false, true, true},
    {"rewards", &OutputLayer::rewards, false, false, true},
    {"pending", &OutputLayer::pending, true, false, true},
}};
inline constexpr const char* output_activity = "O";  // OutputLayer::o
static_assert(sizeof(OutputLayer) ==
                  output_fields.size() * sizeof(std::vector<double>) + sizeof(std::vector<std::uint8_t>),
              "each field of OutputLayer but o has a row here");

// Where pointers have 32 bits, there is padding beside the 64 bits of the seed.
static_assert(sizeof(void*) == 4 ||
                  sizeof(State) == threshold_fields.size() * sizeof(std::vector<double>) +
                                       activity_fields.size() * 2 * sizeof(std::vector<std::uint8_t>) +
                                       weight_fields.size() * sizeof(CopyOnWrite<SynapseMatrix>) +
                                       sizeof(std::vector<double>) + sizeof(std::vector<ChosenPair>) +
                                       sizeof(std::vector<RuleMemory>) + sizeof(OutputLayer) +
                                       2 * sizeof(std::uint64_t),
              "each field of State but h_ip, sp_queue, rule_memory, output, seed and step has a row here");

}  // namespace sorn
