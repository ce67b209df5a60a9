// What drives a run and no file holds: inputs, replayed noise, arrays of signals, and rules of users' own. A run that
// goes on, or that is repeated, is given them again.
#pragma once

#include "core/own_rule.hpp"

#include <sorn/file_run.hpp>
#include <sorn/network.hpp>
#include <sorn/own_rule.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace sorn::runs {

/// The steps from `step` on, which must be there.
InputView from_step(InputView view, std::uint64_t step) noexcept;

/// The signals of the steps from `step` on.
std::vector<Signal> from_step(std::vector<Signal> signals, std::uint64_t step);

/// The signals in the order of `names`; those without a name among them come last.
std::vector<Signal> ordered_as(const std::vector<std::string>& names, std::vector<Signal> signals);

/// Adds the inputs, the replayed noise and the arrays of signals of the steps from `begin` to `end` - 1 to a checksum,
/// step by step, so that the result does not depend on how the steps are divided into calls.
std::uint64_t drive_checksum(const RunOptions& options, std::uint64_t begin, std::uint64_t end, std::uint64_t before);

/// The start of the checksum: 0, or that of the parameters of rules of users' own. It does not depend on the order in
/// which the rules were given.
std::uint64_t rule_checksum(const OwnRules& rules);

/// Checks that rules have the values of parameters that a run began with. A rule that is not given is no error here:
/// the run may have it frozen. @throws StateError
void check_values(const std::vector<GivenRule>& began_with, const OwnRules& rules);

/// Whether a run has inputs that its files do not hold.
bool has_inputs(const RunOptions& options) noexcept;

/// Refuses to keep every checkpoint of a run that has none. @throws ParameterError
void require_checkpoints_to_keep(const RunPlan& plan);

/// What a run had, besides its signals.
struct Had {
  bool inputs = false;  ///< or a source of a user's own
  bool noise = false;   ///< that it replayed
  std::string inputs_name{};
  const char* file = "the file";  ///< that lacks them
};

/// Checks that the options have what the run had, and nothing else. @throws ParameterError
void require_drive(const Had& had, const RunOptions& options, const std::vector<std::string>& signals);

}  // namespace sorn::runs
