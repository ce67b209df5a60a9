// Changes of a state and its hyperparameters.
#pragma once

#include "core/own_rule.hpp"

#include <sorn/change.hpp>

namespace sorn {

/// Refuses a network that can have no twin. @throws ParameterError, StateError
void require_twins(const Network& network);

/// The twin of a network with this state. @throws as twin()
Twin twin_of(State state, const Parameters& parameters, const OwnRules& rules, std::span<const Change> changes,
             const TwinDraw& draw);

}  // namespace sorn
