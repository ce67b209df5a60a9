// Hyperparameters: a plain struct with defaults, and one table that describes each field. To add one, add a field and a
// row. Defaults, names, help texts, files, configurations, Python and the documentation's table use them.
#pragma once

#include <sorn/variant.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
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
/// parameter_table() gives the meaning, the range and the source of each.
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

  /// N_I: `ni` if it is set, else a fifth of the excitatory units, rounded down.
  std::size_t inhibitory_count() const noexcept {
    return ni ? *ni : static_cast<std::size_t>(0.2 * static_cast<double>(ne));
  }

  /// H_IP, the mean target rate of intrinsic plasticity in spikes per step: h_ip if it is set, else the rate of the
  /// variant, else 2·nu/ne. If nu ≥ ne/2, this is 1 or more, and a run with intrinsic plasticity is refused.
  double target_rate() const noexcept;
};

/// A value of any hyperparameter. monostate means "not set", which only rows with ParameterInfo::unset allow.
using ParameterValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A field of Parameters.
using ParameterField =
    std::variant<std::size_t Parameters::*, std::optional<std::size_t> Parameters::*, double Parameters::*,
                 std::optional<double> Parameters::*, Connectivity Parameters::*, VariantName Parameters::*>;

/// A row of the table: one hyperparameter.
struct ParameterInfo {
  std::string_view name;
  std::string_view symbol;
  std::string_view unit;
  std::string_view range;  ///< in words, as error messages quote it
  double low;              ///< smallest and largest allowed number; 0 and 0 if the value is a name
  double high;
  std::string_view meaning;  ///< one sentence
  std::string_view source;   ///< where the quantity is defined
  ParameterField field;
  int since = 1;             ///< the version of result files that introduced it; for older files its default holds
  std::string_view unset{};  ///< the formula for its value while it is not set; empty: it always has a value
  ParameterValue (*formula)(const Parameters&) = nullptr;  ///< computes that formula

  /// Whether it is a count: fractions are refused.
  constexpr bool integral() const noexcept {
    return std::holds_alternative<std::size_t Parameters::*>(field) ||
           std::holds_alternative<std::optional<std::size_t> Parameters::*>(field);
  }
};

namespace detail {
inline constexpr std::string_view model = "docs/model.md";
inline constexpr std::string_view lazar = "Lazar, Pipa & Triesch 2009, doi 10.3389/neuro.10.023.2009";
inline constexpr std::string_view zheng = "Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848";
inline constexpr double most_units = 2147483647.0;  // presynaptic indices are 32-bit
inline constexpr double smallest = std::numeric_limits<double>::min();
inline constexpr double below_one = 1.0 - std::numeric_limits<double>::epsilon() / 2;
}  // namespace detail

/// One row for each field of Parameters, in their order.
inline constexpr auto parameter_rows = std::to_array<ParameterInfo>({
    {"ne", "N_E", "units", "a whole number in [2, 2147483647]", 2, detail::most_units, "number of excitatory units",
     detail::model, &Parameters::ne},
    {"ni", "N_I", "units", "a whole number in [1, 2147483647]", 1, detail::most_units, "number of inhibitory units",
     detail::model, &Parameters::ni, 1, "int(0.2*ne)",
     [](const Parameters& p) -> ParameterValue { return static_cast<std::int64_t>(p.inhibitory_count()); }},
    {"nu", "N_U", "units", "a whole number in [1, ne]", 1, detail::most_units,
     "number of input units: the first nu excitatory ones", detail::model, &Parameters::nu},
    {"network_type_ee", "", "", "'Sparse' or 'Dense'", 0, 0, "connectivity from excitatory to excitatory units",
     detail::model, &Parameters::network_type_ee},
    {"network_type_ei", "", "", "'Sparse' or 'Dense'", 0, 0, "connectivity from inhibitory to excitatory units",
     detail::model, &Parameters::network_type_ei},
    {"network_type_ie", "", "", "'Sparse' or 'Dense'", 0, 0, "connectivity from excitatory to inhibitory units",
     detail::model, &Parameters::network_type_ie},
    {"lambda_ee", "λ_EE", "synapses", "a number in [0, ne - 1]", 0, detail::most_units,
     "mean number of incoming excitatory synapses of an excitatory unit (Sparse)", detail::model,
     &Parameters::lambda_ee},
    {"lambda_ei", "λ_EI", "synapses", "a number in [0, ne]", 0, detail::most_units,
     "mean number of outgoing synapses of an inhibitory unit (Sparse)", detail::model, &Parameters::lambda_ei},
    {"lambda_ie", "λ_IE", "% of ne", "a number in [0, 100]", 0, 100,
     "mean number of incoming synapses of an inhibitory unit, as a percentage of ne (Sparse)", detail::model,
     &Parameters::lambda_ie},
    {"eta_stdp", "η_stdp", "weight per pairing", "a number in [0, 1]", 0, 1, "learning rate of STDP", detail::lazar,
     &Parameters::eta_stdp},
    {"eta_inhib", "η_inhib", "weight per spike", "a number in [0, 1]", 0, 1, "learning rate of inhibitory STDP",
     detail::zheng, &Parameters::eta_inhib},
    {"eta_ip", "η_ip", "threshold per spike", "a number in [0, 1]", 0, 1, "learning rate of intrinsic plasticity",
     detail::lazar, &Parameters::eta_ip},
    {"te_max", "T_E max", "drive", "a number in [-1000, 1000]", -1000, 1000, "upper bound of excitatory thresholds",
     detail::model, &Parameters::te_max},
    {"ti_max", "T_I max", "drive", "a number in [-1000, 1000]", -1000, 1000,
     "upper bound of initial inhibitory thresholds", detail::model, &Parameters::ti_max},
    {"ti_min", "T_I min", "drive", "a number in [-1000, 1000]", -1000, 1000,
     "lower bound of initial inhibitory thresholds", detail::model, &Parameters::ti_min},
    {"te_min", "T_E min", "drive", "a number in [-1000, 1000]", -1000, 1000, "lower bound of excitatory thresholds",
     detail::model, &Parameters::te_min},
    {"mu_ip", "μ_IP", "spikes per step", "a number in [1e-06, 1]", 1e-6, 1,
     "inhibitory STDP balances an excitatory unit at the rate mu_ip/(1 + mu_ip)", detail::zheng, &Parameters::mu_ip},
    {"h_ip", "H_IP", "spikes per step", "a number above 0 and below 1", detail::smallest, detail::below_one,
     "target rate of intrinsic plasticity, which falls as 1/ne unless it is set: 0.1 suits a network of any size",
     detail::lazar, &Parameters::h_ip, 3, "2*nu/ne",
     [](const Parameters& p) -> ParameterValue { return p.target_rate(); }},
    {"sigma_ip", "σ_IP", "spikes per step", "a number in [0, 1]", 0, 1,
     "spread of the target rates over units; 0: all have H_IP", detail::zheng, &Parameters::sigma_ip},
    {"sp_probability", "p_SP", "synapses per step", "a number in [0, 1]", 0, 1,
     "probability that a step makes one new excitatory synapse (structural plasticity)", detail::zheng,
     &Parameters::sp_probability, 3},
    {"sp_weight", "w_SP", "weight", "a number above 0 and up to 1", detail::smallest, 1,
     "weight of a new excitatory synapse", detail::zheng, &Parameters::sp_weight, 3},
    {"variant", "", "", "the name of a variant", 0, 0, "which published network a step follows", detail::model,
     &Parameters::variant},
});

constexpr std::span<const ParameterInfo> parameter_table() noexcept { return parameter_rows; }

/// The value of the field with this name. @throws UnknownNameError
ParameterValue get_parameter(const Parameters& parameters, std::string_view name);

/// The same, but the value of its formula if the field is not set. @throws UnknownNameError
ParameterValue effective_parameter(const Parameters& parameters, std::string_view name);

/// Checks the type and the own range of a value and sets one field. The word "none" unsets a field that may be unset.
/// @throws UnknownNameError, ParameterError; then `parameters` is unchanged
void set_parameter(Parameters& parameters, std::string_view name, const ParameterValue& value);

/// All problems of a set of hyperparameters; empty if it is valid.
/// It checks ranges, and conditions between fields: te_min ≤ te_max, nu ≤ ne.
std::vector<std::string> problems(const Parameters& parameters);

/// All reasons why no network can be *built* from these hyperparameters: the problems above, a lambda above the size of
/// its pool, and a network (or one of its `shares`) that needs more memory than this machine has.
std::vector<std::string> build_problems(const Parameters& parameters, std::size_t shares = 1);

/// About how many bytes a new network of valid parameters takes, or one of its `shares`.
double bytes_to_build(const Parameters& parameters, std::size_t shares = 1) noexcept;

/// @throws ParameterError that lists all of problems(parameters)
void validate(const Parameters& parameters);

}  // namespace sorn
