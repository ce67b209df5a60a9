// Checks shared by the ways into the core.
#pragma once

#include <sorn/network.hpp>
#include <sorn/parameters.hpp>

#include <string_view>

namespace sorn {

/// Checks that a view holds finite numbers for `features` features and at least `steps` steps.
/// @throws ShapeError, StateError that call it `name`
void validate_view(std::string_view name, const InputView& view, std::size_t features, std::size_t steps);

/// Checks the standard deviation of a noise. @throws ParameterError
void check_noise_sigma(double sigma);

/// Whether inputs with this number of features and steps look transposed.
bool looks_transposed(std::size_t features, std::size_t steps) noexcept;

/// Whether intrinsic plasticity works towards the target rate.
bool seeks_target_rate(const Parameters& parameters, const RunOptions& options) noexcept;

/// Checks that units can reach H_IP, if the run adapts their thresholds to it. Not what a file is checked for: such a
/// network can be looked at, run with fixed thresholds, and given another h_ip.
/// @throws ParameterError
void check_target_rate(const Parameters& parameters, const RunOptions& options);

/// Checks what Network::run() checks before its first step, but for the units of the state.
/// @param step  steps that the network has done
/// @throws ShapeError, StateError, ParameterError
void validate(const Parameters& parameters, std::uint64_t step, std::size_t steps, const RunOptions& options);

}  // namespace sorn
