// Hyperparameters: a plain struct with defaults, and one table that describes each field. To add one, add a field and a
// row. Defaults, names, help texts, files, configurations, Python and the documentation's table use them.
#pragma once

#include <sorn/order.hpp>
#include <sorn/switches.hpp>

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

/// The hyperparameters of a network, and the switches that distinguish the published variants. The defaults are those
/// of the variant nambusubramaniyan2021; parameters_of() gives those of another variant.
/// parameter_table() gives the meaning, the range and the source of each.
struct Parameters {  // NOLINT(clang-analyzer-optin.performance.Padding): the fields have the order of the table
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
  /// The variant that the values started from: a label. parameters_of() and set_parameter() set it with its values.
  VariantName variant = VariantName::nambusubramaniyan2021;

  // A step.
  Order order{Rule::stdp, Rule::ip, Rule::sp, Rule::istdp, Rule::ss};
  Inhibition inhibition = Inhibition::slow;
  Comparison comparison = Comparison::greater;
  ThresholdPlace threshold_place = ThresholdPlace::last;
  double input_gain = 1.0;
  NoiseKind noise_kind = NoiseKind::gaussian;
  double noise_sigma = 0.04;
  double spike_probability = 0.0;

  // The rules.
  Toggle clip_te = Toggle::on;
  Toggle always_ip = Toggle::off;
  double width_ip = 0.0;
  double wee_min = 0.0;
  double wee_max = 1.0;
  Toggle keep_zero = Toggle::off;
  WeiPlasticity wei_plasticity = WeiPlasticity::plastic;
  double wei_min = 0.0;
  std::size_t sp_batch = 1;
  SpScaling sp_scaling = SpScaling::network;
  double eta_ds = 0.0;
  double scaling_min = 0.0;

  // A new network.
  LambdaUnit lambda_unit = LambdaUnit::synapses;
  Toggle ei_diagonal = Toggle::on;
  double initial_weight = 0.1;
  ThresholdStart threshold_start = ThresholdStart::uniform;
  ActivityStart activity_start = ActivityStart::probability;
  double active_excitatory = 0.0;
  double active_inhibitory = 0.0;

  // The output layer, and learning from reward.
  std::size_t no = 0;
  OutputKind output = OutputKind::winner;
  std::size_t readout_lag = 0;
  std::size_t reward_window = 20;
  RecurrentLearning recurrent = RecurrentLearning::on;
  OutputLearning output_learning = OutputLearning::output;
  double eta_oe = 0.005;
  double woe_min = 0.0;
  double woe_max = 1.0;
  double eta_ip_o = 0.001;
  std::optional<double> h_o = std::nullopt;  ///< unset: 1/no
  double to_min = 0.0;
  double to_max = 0.5;

  bool operator==(const Parameters&) const = default;

  /// N_I: `ni` if it is set, else a fifth of the excitatory units, rounded down.
  std::size_t inhibitory_count() const noexcept {
    return ni ? *ni : static_cast<std::size_t>(0.2 * static_cast<double>(ne));
  }

  /// H_IP, the mean target rate of intrinsic plasticity in spikes per step: h_ip if it is set, else 2·nu/ne. If
  /// nu ≥ ne/2, this is 1 or more, and a run with intrinsic plasticity is refused.
  double target_rate() const noexcept { return h_ip ? *h_ip : 2.0 * static_cast<double>(nu) / static_cast<double>(ne); }

  /// H_O, the target rate of the output units in spikes per step: h_o if it is set, else 1/no, or 0 without outputs.
  double output_target() const noexcept {
    if (h_o) return *h_o;
    return no == 0 ? 0.0 : 1.0 / static_cast<double>(no);
  }

  /// The probability that a step chooses a pair for a new excitatory synapse.
  double structural_probability() const noexcept;
};

/// A value of any hyperparameter. monostate means "not set", which only rows with ParameterInfo::unset allow.
using ParameterValue = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A field of Parameters.
using ParameterField =
    std::variant<std::size_t Parameters::*, std::optional<std::size_t> Parameters::*, double Parameters::*,
                 std::optional<double> Parameters::*, Order Parameters::*, VariantName Parameters::*,
                 Connectivity Parameters::*, LambdaUnit Parameters::*, Inhibition Parameters::*,
                 Comparison Parameters::*, ThresholdPlace Parameters::*, NoiseKind Parameters::*,
                 WeiPlasticity Parameters::*, SpScaling Parameters::*, ThresholdStart Parameters::*,
                 ActivityStart Parameters::*, OutputKind Parameters::*, RecurrentLearning Parameters::*,
                 OutputLearning Parameters::*, Toggle Parameters::*>;

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

  /// Whether it is on or off.
  constexpr bool is_toggle() const noexcept { return std::holds_alternative<Toggle Parameters::*>(field); }
  /// Whether it is a list of stages.
  constexpr bool is_order() const noexcept { return std::holds_alternative<Order Parameters::*>(field); }
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
inline constexpr std::string_view variants = "docs/variants.md";
inline constexpr std::string_view reward = "docs/reward.md";
inline constexpr double most_units = 2147483647.0;  // presynaptic indices are 32-bit
inline constexpr double most_rewards = 100000.0;
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
    {"network_type_ee", "", "", "'Sparse', 'Dense', 'Binomial' or 'Bernoulli'", 0, 0,
     "connectivity from excitatory to excitatory units", detail::model, &Parameters::network_type_ee},
    {"network_type_ei", "", "", "'Sparse', 'Dense', 'Binomial' or 'Bernoulli'", 0, 0,
     "connectivity from inhibitory to excitatory units", detail::model, &Parameters::network_type_ei},
    {"network_type_ie", "", "", "'Sparse', 'Dense', 'Binomial' or 'Bernoulli'", 0, 0,
     "connectivity from excitatory to inhibitory units", detail::model, &Parameters::network_type_ie},
    {"lambda_ee", "λ_EE", "synapses", "a number in [0, ne - 1]", 0, detail::most_units,
     "mean number of incoming excitatory synapses of an excitatory unit (unless Dense), in the unit lambda_unit",
     detail::model, &Parameters::lambda_ee},
    {"lambda_ei", "λ_EI", "synapses", "a number in [0, ne]", 0, detail::most_units,
     "mean number of outgoing synapses of an inhibitory unit (unless Dense), in the unit lambda_unit", detail::model,
     &Parameters::lambda_ei},
    {"lambda_ie", "λ_IE", "% of ne", "a number in [0, 100]", 0, 100,
     "mean number of incoming synapses of an inhibitory unit, as a percentage of ne (unless Dense)", detail::model,
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
    {"variant", "", "", "the name of a variant", 0, 0,
     "the published network from which all values come that are not given", detail::variants, &Parameters::variant},

    {"order", "", "", "names of rules, each at most once; 'excitatory' and 'inhibitory' may stand before them", 0, 0,
     "the stages of a step: the populations fire, then the rules act in this order", detail::variants,
     &Parameters::order, 4},
    {"inhibition", "", "", "'slow' or 'fast'", 0, 0,
     "inhibitory units read the excitatory activity of the previous step (slow) or of the same step (fast)",
     detail::variants, &Parameters::inhibition, 4},
    {"comparison", "", "", "'greater' or 'at_least'", 0, 0,
     "a unit fires if its drive minus its threshold is above 0 (greater), or if it is 0 or more (at_least)",
     detail::variants, &Parameters::comparison, 4},
    {"threshold_place", "", "", "'last' or 'first'", 0, 0,
     "the threshold is subtracted after noise and input were added (last) or before (first)", detail::variants,
     &Parameters::threshold_place, 4},
    {"input_gain", "g", "", "a number in [0, 1000000000]", 0, 1e9, "factor of the input", detail::variants,
     &Parameters::input_gain, 4},
    {"noise_kind", "", "", "'gaussian' or 'uniform'", 0, 0,
     "distribution of the noise: Gaussian with standard deviation noise_sigma, or uniform between 0 and noise_sigma",
     detail::variants, &Parameters::noise_kind, 4},
    {"noise_sigma", "σ", "drive", "a number in [0, 1000]", 0, 1000,
     "standard deviation (Gaussian) or width (uniform) of the noise, unless a run gives another", detail::variants,
     &Parameters::noise_sigma, 4},
    {"spike_probability", "p", "spikes per step", "a number in [0, 1]", 0, 1,
     "probability that an excitatory unit fires in a step whatever its drive (random spikes)", detail::variants,
     &Parameters::spike_probability, 4},
    {"clip_te", "", "", "'on' or 'off'", 0, 0,
     "whether intrinsic plasticity keeps excitatory thresholds in [te_min, te_max]", detail::variants,
     &Parameters::clip_te, 4},
    {"always_ip", "", "", "'on' or 'off'", 0, 0, "whether intrinsic plasticity acts in the training phase too",
     detail::variants, &Parameters::always_ip, 4},
    {"width_ip", "", "spikes per step", "a number in [0, 1]", 0, 1,
     "target rates of units are drawn uniformly from H_IP ± width_ip", detail::variants, &Parameters::width_ip, 4},
    {"wee_min", "", "weight", "a number in [0, 1]", 0, 1, "STDP sets W_EE weights below it to 0", detail::variants,
     &Parameters::wee_min, 4},
    {"wee_max", "", "weight", "a number above 0 and up to 1000000", detail::smallest, 1e6,
     "STDP sets larger W_EE weights to it; 1000000 is above all weights, so it is no bound", detail::variants,
     &Parameters::wee_max, 4},
    {"keep_zero", "", "", "'on' or 'off'", 0, 0,
     "whether a W_EE synapse of weight 0 stays and may grow again (on) or is removed (off)", detail::variants,
     &Parameters::keep_zero, 4},
    {"wei_plasticity", "", "", "'plastic' or 'static'", 0, 0, "whether rules may change W_EI", detail::variants,
     &Parameters::wei_plasticity, 4},
    {"wei_min", "", "weight", "a number in [0, 1]", 0, 1,
     "inhibitory STDP sets W_EI weights that fall to 0 to it; 0: it removes them", detail::variants,
     &Parameters::wei_min, 4},
    {"sp_batch", "", "synapses", "a whole number in [1, 1000]", 1, 1000,
     "structural plasticity waits until it has chosen so many pairs, and then makes all their synapses",
     detail::variants, &Parameters::sp_batch, 4},
    {"sp_scaling", "", "", "'network' or 'pairs'", 0, 0,
     "sp_probability holds for the network, or grows as ne*(ne - 1)/(200*199), the number of pairs", detail::variants,
     &Parameters::sp_scaling, 4},
    {"eta_ds", "η_ds", "", "a number in [0, 1]", 0, 1,
     "rate of the scaling of W_EE by incoming and outgoing sums; 0: incoming sums only, at once", detail::variants,
     &Parameters::eta_ds, 4},
    {"scaling_min", "", "weight", "a number in [0, 1]", 0, 1, "smallest sum by which synaptic scaling divides",
     detail::variants, &Parameters::scaling_min, 4},
    {"lambda_unit", "", "", "'synapses' or 'percent'", 0, 0,
     "unit of lambda_ee and lambda_ei: a number of synapses, or a percentage of ne", detail::variants,
     &Parameters::lambda_unit, 4},
    {"ei_diagonal", "", "", "'on' or 'off'", 0, 0,
     "whether a new network may have synapses from inhibitory unit i to excitatory unit i", detail::variants,
     &Parameters::ei_diagonal, 4},
    {"initial_weight", "", "weight", "a number above 0 and up to 1000", detail::smallest, 1000,
     "weights of a new network are drawn between 0 and this value, and then scaled", detail::variants,
     &Parameters::initial_weight, 4},
    {"threshold_start", "", "", "'uniform' or 'grid'", 0, 0,
     "thresholds of a new network: drawn, or evenly spaced (shuffled for excitatory units)", detail::variants,
     &Parameters::threshold_start, 4},
    {"activity_start", "", "", "'probability' or 'target_rate'", 0, 0,
     "an excitatory unit is active before the first step with probability active_excitatory, or with that of its "
     "target rate",
     detail::variants, &Parameters::activity_start, 4},
    {"active_excitatory", "", "", "a number in [0, 1]", 0, 1,
     "probability that an excitatory unit is active before the first step", detail::variants,
     &Parameters::active_excitatory, 4},
    {"active_inhibitory", "", "", "a number in [0, 1]", 0, 1,
     "probability that an inhibitory unit is active before the first step", detail::variants,
     &Parameters::active_inhibitory, 4},

    {"no", "N_O", "units", "a whole number in [0, 65536]", 0, 65536, "number of output units; 0: no output layer",
     detail::reward, &Parameters::no, 5},
    {"output", "", "", "'winner', 'winners' or 'threshold'", 0, 0,
     "the output units that fire: the one with the largest drive minus threshold (of equal ones the first), all of "
     "these, or those that pass their threshold",
     detail::reward, &Parameters::output, 5},
    {"readout_lag", "", "steps", "0 or 1", 0, 1,
     "output units read the new excitatory activity (0) or that of the previous step (1)", detail::reward,
     &Parameters::readout_lag, 5},
    {"reward_window", "n", "rewards", "a whole number in [0, 100000]", 0, detail::most_rewards,
     "the modulation is the reward minus the sum of the last n rewards divided by n; 0: the reward itself",
     detail::reward, &Parameters::reward_window, 5},
    {"recurrent", "", "", "'on', 'reward' or 'off'", 0, 0,
     "STDP of W_EE: whatever the reward (on), with the modulation as a factor (reward), or none (off)", detail::reward,
     &Parameters::recurrent, 5},
    {"output_learning", "", "", "'output' or 'unit_0'", 0, 0,
     "STDP of W_OE pairs excitatory units with output units, or with excitatory unit 0, a slip of the program rmsorn",
     detail::reward, &Parameters::output_learning, 5},
    {"eta_oe", "η_OE", "weight per pairing", "a number in [0, 1]", 0, 1, "learning rate of STDP of W_OE",
     detail::reward, &Parameters::eta_oe, 5},
    {"woe_min", "", "weight", "a number in [-1000000, 0]", -1e6, 0, "STDP of W_OE sets smaller weights to it",
     detail::reward, &Parameters::woe_min, 5},
    {"woe_max", "", "weight", "a number above 0 and up to 1000000", detail::smallest, 1e6,
     "STDP of W_OE sets larger weights to it", detail::reward, &Parameters::woe_max, 5},
    {"eta_ip_o", "η_IP,O", "threshold per spike", "a number in [0, 1]", 0, 1,
     "learning rate of intrinsic plasticity of the output units", detail::reward, &Parameters::eta_ip_o, 5},
    {"h_o", "H_O", "spikes per step", "a number in [0, 1]", 0, 1, "target rate of the output units", detail::reward,
     &Parameters::h_o, 5, "1/no", [](const Parameters& p) -> ParameterValue { return p.output_target(); }},
    {"to_min", "T_O min", "drive", "a number in [-1000, 1000]", -1000, 1000,
     "lower bound of initial thresholds of output units", detail::reward, &Parameters::to_min, 5},
    {"to_max", "T_O max", "drive", "a number in [-1000, 1000]", -1000, 1000,
     "upper bound of initial thresholds of output units", detail::reward, &Parameters::to_max, 5},
});

constexpr std::span<const ParameterInfo> parameter_table() noexcept { return parameter_rows; }

/// The value of the field with this name. @throws UnknownNameError
ParameterValue get_parameter(const Parameters& parameters, std::string_view name);

/// The same, but the value of its formula if the field is not set. @throws UnknownNameError
ParameterValue effective_parameter(const Parameters& parameters, std::string_view name);

/// Checks the type and the own range of a value and sets one field. The word "none" unsets a field that may be unset,
/// and "true" and "false" are other words for "on" and "off".
/// A new `variant` brings its values: each field that has the value of the previous variant gets that of the new one.
/// So a text that sets several fields sets `variant` first.
/// @throws UnknownNameError, ParameterError; then `parameters` is unchanged
void set_parameter(Parameters& parameters, std::string_view name, const ParameterValue& value);

/// All problems of a set of hyperparameters; empty if it is valid.
/// It checks ranges, and conditions between fields: te_min ≤ te_max, nu ≤ ne, and switches that contradict each other.
std::vector<std::string> problems(const Parameters& parameters);

/// All reasons why no network can be *built* from these hyperparameters: the problems above, a lambda above the size of
/// its pool, and a network (or one of its `shares`) that needs more memory than this machine has.
std::vector<std::string> build_problems(const Parameters& parameters, std::size_t shares = 1);

/// About how many bytes a new network of valid parameters takes, or one of its `shares`.
double bytes_to_build(const Parameters& parameters, std::size_t shares = 1) noexcept;

/// @throws ParameterError that lists all of problems(parameters)
void validate(const Parameters& parameters);

}  // namespace sorn
