// The activity of a network over ranks: which units each rank must know.
#pragma once

#include "core/step.hpp"
#include "team/exchange.hpp"

#include <cstddef>

namespace sorn {

/// Chooses whether this step of a run with sparse steps is sparse. @param all  the activity of all units is needed
void begin_activity(StepData& s, bool all);
/// Shares which units have fired, with the message of this number. @returns whether all ranks go on
Intent share_activity(StepData& s, std::size_t number, Intent own, Shared what) noexcept;
/// Gives the state the activity of all units after a sparse step.
void complete_activity(StepData& s) noexcept;

}  // namespace sorn
