// The log of a run, carried out: acts of watchers change the settings of the steps that follow.
#pragma once

#include <sorn/network.hpp>
#include <sorn/run_log.hpp>

#include <cstdint>
#include <functional>

namespace sorn::runs {

/// Changes the settings of a run as an act says. Pauses change nothing.
/// @throws UnknownNameError if there is no such rule; ParameterError if the act contradicts the settings: a rule is
/// frozen twice, or not frozen, or the run replays its noise
void apply(const LoggedAct& act, RunOptions& options);

/// The settings of the step after `step` steps: with all acts up to there.
RunOptions options_at(const RunLog& log, RunOptions options, std::uint64_t step);

/// The step of the first act after `step`; `end` if there is none before.
std::uint64_t next_act(const RunLog& log, std::uint64_t step, std::uint64_t end) noexcept;

/// Checks that a run from step `begin` to `end` with these settings can repeat a log.
/// @param check  is called with the settings after each act, and throws if the network cannot run with them
/// @throws ParameterError, UnknownNameError that name the act
void check_log(const RunLog& log, RunOptions options, std::uint64_t begin, std::uint64_t end,
               const std::function<void(const RunOptions&)>& check);

}  // namespace sorn::runs
