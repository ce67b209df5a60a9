// Checks that several callers of the core share.
#pragma once

#include <sorn/network.hpp>
#include <sorn/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// The rule about numbers of steps, in words.
std::string step_number_rule();

/// Checks that a view holds finite numbers for `features` features and at least `steps` steps.
/// @throws ShapeError, StateError that call it `name`
void validate_view(std::string_view name, const InputView& view, std::size_t features, std::size_t steps);

/// Checks the given choices of structural plasticity of a run. @throws StateError
void validate_new_synapses(std::span<const NewSynapse> synapses, std::size_t ne, std::size_t steps);

/// Checks the standard deviation or width of noise. @throws ParameterError
void check_noise_sigma(double sigma);

/// Whether inputs with this number of features and steps look transposed.
bool looks_transposed(std::size_t features, std::size_t steps) noexcept;

/// Whether a run adapts thresholds to the target rate.
bool seeks_target_rate(const Parameters& parameters, const RunOptions& options) noexcept;

/// Checks that units can reach H_IP, if the run adapts their thresholds to it. Loading a file does not check this: such
/// a network can still be inspected, run with fixed thresholds, or given another h_ip.
/// @throws ParameterError
void check_target_rate(const Parameters& parameters, const RunOptions& options);

/// Checks a source for a run. @throws ParameterError if it ends before the run does, or drives units above ne
void check_source(const Source& source, std::size_t ne, std::uint64_t step, std::uint64_t steps);

/// Checks the source of a run as check_source() does, before the run is prepared. @throws ParameterError
/// @param seed  of the network
void check_source(const Parameters& parameters, std::uint64_t seed, std::uint64_t step, std::uint64_t steps,
                  const RunOptions& options);

/// Checks what a user's source shows in a step. @throws StateError
void check_shown(const Shown& shown, std::size_t reach, std::uint64_t step);

/// Checks the names of signals, and that their arrays hold finite numbers for at least `steps` steps.
/// @throws ParameterError, ShapeError, StateError
void validate_signals(std::span<const Signal> signals, std::size_t steps);

/// Checks the names of the signals of a run. @throws ParameterError
void validate_signal_names(std::span<const std::string> names);

/// Checks the value that the function of a signal returns in a step of the network. @throws StateError
void check_signal(std::string_view name, double value, std::uint64_t step);

/// Makes the checks of Network::run() before the first step. They do not need the state.
/// @param step  steps that the network has done
/// @throws ShapeError, StateError, ParameterError
void validate(const Parameters& parameters, std::uint64_t step, std::size_t steps, const RunOptions& options);

}  // namespace sorn
