// Hyperparameters: a plain struct with defaults, and one table that says of each field what it is.
// Defaults, names, help texts, configuration files and the documentation's table all come from here.
#pragma once

#include <sorn/variant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn {

/// How a population is wired when a network is built.
enum class Connectivity : std::uint8_t {
  sparse,  ///< a random subset, of a size drawn around lambda
  dense,   ///< all pairs (for excitatory → excitatory, all but the diagonal)
};

std::string_view name(Connectivity type) noexcept;

/// Accepts "Sparse" and "Dense" in any capitalisation. @throws UnknownNameError
Connectivity connectivity_named(std::string_view text);

/// The hyperparameters of a network; fields and defaults follow the usage document.
/// What each one means, its range and its source stand in parameter_table().
struct Parameters {
  std::size_t ne = 200;
  std::optional<std::size_t> ni = std::nullopt;  ///< unset: int(0.2·ne)
  std::size_t nu = 10;
  Connectivity network_type_ee = Connectivity::sparse;
  Connectivity network_type_ei = Connectivity::sparse;
  Connectivity network_type_ie = Connectivity::dense;
  double lambda_ee = 20;
  double lambda_ei = 40;
  double lambda_ie = 100;
  double eta_stdp = 0.004;
  double eta_inhib = 0.001;
  double eta_ip = 0.01;
  double te_max = 1.0;
  double ti_max = 0.5;
  double ti_min = 0.0;
  double te_min = 0.0;
  double mu_ip = 0.01;
  std::optional<double> h_ip = std::nullopt;  ///< unset: 2·nu/ne
  double sigma_ip = 0.0;
  double sp_probability = 0.1;
  double sp_weight = 0.001;
  VariantName variant = VariantName::nambusubramaniyan2021;

  bool operator==(const Parameters&) const = default;

  /// N_I: the given one, else a fifth of the excitatory units, rounded down.
  std::size_t inhibitory_count() const noexcept {
    return ni ? *ni : static_cast<std::size_t>(0.2 * static_cast<double>(ne));
  }

  /// H_IP, the mean target rate of intrinsic plasticity in spikes per step: the given h_ip, else that of the variant,
  /// else 2·nu/ne, which is 1 or more where nu ≥ ne/2. A run whose intrinsic plasticity has such a target is refused.
  double target_rate() const noexcept;
};

/// What the table knows of one hyperparameter.
struct ParameterInfo {
  std::string_view name;
  std::string_view symbol;
  std::string_view unit;
  std::string_view range;    ///< in words, as error messages quote it
  std::string_view meaning;  ///< one sentence
  std::string_view source;   ///< where the quantity is defined
  bool integral;             ///< a count: fractions are refused
  std::string_view unset;    ///< the formula that it follows unless it is set; empty: it always has a value
  int since;                 ///< version of the result files that first held it; older files mean its default
};

/// One row for each field of Parameters, in their order.
std::span<const ParameterInfo> parameter_table() noexcept;

/// A value of any hyperparameter. monostate stands for "not set"; only those with ParameterInfo::unset may have it.
using ParameterValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// The value of the field of this name. @throws UnknownNameError
ParameterValue get_parameter(const Parameters& parameters, std::string_view name);

/// The same, but for one that is not set the value that its formula gives. @throws UnknownNameError
ParameterValue effective_parameter(const Parameters& parameters, std::string_view name);

/// Sets one field after checking its type and its own range. "none" unsets one that may be unset.
/// @throws UnknownNameError, ParameterError; `parameters` is then as it was
void set_parameter(Parameters& parameters, std::string_view name, const ParameterValue& value);

/// Everything that is wrong with a set of hyperparameters, all at once; empty if they are fine.
/// Covers ranges and what must hold between fields: te_min ≤ te_max, nu ≤ ne.
std::vector<std::string> problems(const Parameters& parameters);

/// Everything that stands against *building* a network from them: the above, each lambda within its pool,
/// and the memory that the network, or one of its shares, would need against that of this machine.
std::vector<std::string> build_problems(const Parameters& parameters, std::size_t shares = 1);

/// @throws ParameterError that lists all of problems(parameters)
void validate(const Parameters& parameters);

}  // namespace sorn
