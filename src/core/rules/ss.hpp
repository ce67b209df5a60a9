// Synaptic scaling of both plastic matrices: the group of the rules ssee and ssei.
#pragma once

#include "core/rule.hpp"

namespace sorn::rules {

inline constexpr RuleInfo ss{.order = 50,
                             .name = "ss",
                             .label = "synaptic scaling",
                             .meaning = "synaptic scaling: incoming W_EE and W_EI of each unit sum to 1",
                             .changes = {.wee = true, .wei = true}};

}  // namespace sorn::rules
