// The fields of a State as rows of tables. Files, ranks, checks and Python iterate over them.
#pragma once

#include <sorn/share.hpp>
#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn {

enum class Population : std::uint8_t { excitatory, inhibitory };

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

static_assert(sizeof(State) == threshold_fields.size() * sizeof(std::vector<double>) +
                                   activity_fields.size() * 2 * sizeof(std::vector<std::uint8_t>) +
                                   weight_fields.size() * sizeof(CopyOnWrite<SynapseMatrix>) +
                                   sizeof(std::vector<double>) + sizeof(std::vector<ChosenPair>) +
                                   sizeof(std::vector<RuleMemory>) + 2 * sizeof(std::uint64_t),
              "each field of State but h_ip, sp_queue, rule_memory, seed and step has a row here");

}  // namespace sorn
