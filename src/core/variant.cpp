#include <sorn/variant.hpp>

#include "support/names.hpp"
#include "support/rows.hpp"

#include <algorithm>
#include <array>

namespace sorn {

namespace {

constexpr std::string_view program_h = "program of Hartmann 2015, its example zheng2013";
constexpr std::string_view program_hs = "program of Hartmann 2015, its spontaneous activity";
constexpr std::string_view program_d = "program of Del Papa 2017";
constexpr std::string_view program_v2 = "program SORN_V2, its avalanches";
constexpr std::string_view program_v2t = "program SORN_V2, its counting task";
constexpr std::string_view program_l = "program of Lazar 2009";
constexpr std::string_view program_x = "program RM-SORN of Xing 2019";
constexpr std::string_view program_k = "Python package rmsorn 0.0.9";
constexpr std::string_view recalled = "Lazar 2009, from general knowledge: not read again";
constexpr std::string_view chosen_ti = "the value of the program SORN_V2: not in the program of Lazar 2009";

// √0.05, rounded to the nearest double.
constexpr double sd_zheng = 0.22360679774997896;

constexpr std::string_view h_order = "ip,stdp,sp,istdp,ssee,ssei";

constexpr auto lazar2009 = std::to_array<VariantSetting>({
    {"order", "ip,stdp,ssee"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_sigma", 0.0},
    {"eta_stdp", 0.001, recalled},
    {"eta_ip", 0.001, recalled},
    {"eta_inhib", 0.0},
    {"mu_ip", 0.1, "not used: no inhibitory STDP"},
    {"clip_te", "off"},
    {"keep_zero", "on"},
    {"wei_plasticity", "static"},
    {"sp_probability", 0.0},
    {"scaling_min", 1e-6, "guard of the program of Hartmann 2015"},
    {"network_type_ee", "Bernoulli", recalled},
    {"lambda_ee", 10.0, recalled},
    {"network_type_ei", "Dense"},
    {"initial_weight", 1.0},
    {"te_max", 0.5, recalled},
    {"ti_max", 0.5, chosen_ti},
});

constexpr auto zheng2013 = std::to_array<VariantSetting>({
    {"order", h_order},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"input_gain", 0.5},
    {"noise_sigma", sd_zheng},
    {"h_ip", 0.1},
    {"mu_ip", 0.1},
    {"clip_te", "off"},
    {"wee_min", 1e-10},
    {"wee_max", 1e6},
    {"wei_min", 0.001},
    {"sp_batch", 11.0},
    {"scaling_min", 1e-6},
    {"network_type_ee", "Binomial"},
    {"network_type_ei", "Bernoulli"},
    {"lambda_unit", "percent"},
    {"lambda_ee", 10.0},
    {"lambda_ei", 20.0},
    {"initial_weight", 1.0},
    {"active_excitatory", 0.1},
});

constexpr auto hartmann2015 = std::to_array<VariantSetting>({
    {"order", "ip,stdp,ssee,ssei"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"input_gain", 0.5},
    {"noise_sigma", 0.0},
    {"eta_stdp", 0.001},
    {"eta_ip", 0.001},
    {"eta_inhib", 0.0},
    {"mu_ip", 0.1},
    {"width_ip", 0.01},
    {"clip_te", "off"},
    {"always_ip", "on"},
    {"wee_min", 1e-10},
    {"keep_zero", "on"},
    {"wei_min", 0.001},
    {"sp_probability", 0.0},
    {"eta_ds", 0.1},
    {"scaling_min", 1e-6},
    {"network_type_ee", "Binomial"},
    {"network_type_ei", "Dense"},
    {"lambda_unit", "percent"},
    {"lambda_ee", 10.0},
    {"initial_weight", 1.0},
    {"threshold_start", "grid"},
    {"te_max", 0.5},
    {"ti_max", 0.35},
    {"activity_start", "target_rate"},
});

constexpr auto delpapa2017 = std::to_array<VariantSetting>({
    {"order", h_order},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_sigma", sd_zheng},
    {"h_ip", 0.1},
    {"mu_ip", 0.1},
    {"clip_te", "off"},
    {"wee_min", 1e-10},
    {"wei_min", 0.001},
    {"sp_batch", 11.0},
    {"sp_scaling", "pairs"},
    {"scaling_min", 1e-6},
    {"network_type_ee", "Binomial"},
    {"network_type_ei", "Bernoulli"},
    {"lambda_unit", "percent"},
    {"lambda_ee", 10.0},
    {"lambda_ei", 20.0},
    {"ei_diagonal", "off"},
    {"initial_weight", 1.0},
    {"active_excitatory", 0.1},
});

constexpr auto sorn_v2 = std::to_array<VariantSetting>({
    {"order", "ip,stdp,ssee,istdp,ssei,sp"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_kind", "uniform"},
    {"noise_sigma", 0.05},
    {"h_ip", 0.1},
    {"mu_ip", 0.1},
    {"clip_te", "off"},
    {"wee_min", 1e-10},
    {"wee_max", 1e6},
    {"wei_min", 0.001},
    {"scaling_min", 1e-6, "guard of the program of Hartmann 2015: SORN_V2 has none, and divides 0 by 0"},
    {"network_type_ee", "Bernoulli"},
    {"network_type_ei", "Dense"},
    {"initial_weight", 1.0},
    {"active_excitatory", 0.5},
    {"active_inhibitory", 0.5},
});

constexpr auto sorn_v2_tasks = std::to_array<VariantSetting>({
    {"order", "ip,stdp,ssee"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_sigma", 0.0},
    {"eta_stdp", 0.001},
    {"eta_ip", 0.001},
    {"eta_inhib", 0.0},
    {"h_ip", 0.1},
    {"mu_ip", 0.1, "not used: no inhibitory STDP"},
    {"clip_te", "off"},
    {"wee_min", 1e-10},
    {"wee_max", 1e6},
    {"wei_plasticity", "static"},
    {"sp_probability", 0.0},
    {"scaling_min", 1e-6, "guard of the program of Hartmann 2015: SORN_V2 has none, and divides 0 by 0"},
    {"network_type_ee", "Bernoulli"},
    {"lambda_ee", 10.0},
    {"network_type_ei", "Dense"},
    {"initial_weight", 1.0},
    {"te_max", 0.5},
    {"active_excitatory", 0.5},
    {"active_inhibitory", 0.5},
});

constexpr auto rmsorn = std::to_array<VariantSetting>({
    {"order", "ip,ip_o,stdp,ostdp,ssee,ssoe"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_sigma", 0.0},
    {"eta_stdp", 0.001},
    {"eta_ip", 0.001},
    {"eta_inhib", 0.0, "not used: no inhibitory STDP"},
    {"mu_ip", 0.1, "not used: no inhibitory STDP"},
    {"h_ip", 0.1},
    {"clip_te", "off"},
    {"wei_plasticity", "static"},
    {"sp_scaling", "pairs", "if the order is given 'sp'"},
    {"scaling_min", 1e-6},
    {"network_type_ee", "Bernoulli"},
    {"lambda_ee", 10.0},
    {"network_type_ei", "Dense"},
    {"initial_weight", 1.0},
    {"ti_max", 1.0},
    {"activity_start", "target_rate"},
    {"no", 4.0, "a cue task of four actions: set it to those of the task"},
});

constexpr auto xing2019 = std::to_array<VariantSetting>({
    {"order", "ip,ip_o,stdp,ostdp,sp,ssee,ssoe,ssei"},
    {"inhibition", "fast"},
    {"comparison", "at_least"},
    {"threshold_place", "first"},
    {"noise_sigma", 0.0},
    {"eta_stdp", 0.005},
    {"eta_ip", 0.001},
    {"eta_inhib", 0.0},
    {"mu_ip", 0.1, "not used: no inhibitory STDP"},
    {"h_ip", 0.1},
    {"clip_te", "off"},
    {"sp_scaling", "pairs"},
    {"scaling_min", 1e-6},
    {"network_type_ee", "Bernoulli"},
    {"lambda_ee", 2.0},
    {"network_type_ei", "Dense"},
    {"initial_weight", 1.0},
    {"ti_max", 1.0},
    {"activity_start", "target_rate"},
    {"no", 6.0},
    {"output", "winners"},
    {"readout_lag", 1.0},
    {"reward_window", 0.0},
    {"eta_oe", 0.001},
    {"eta_ip_o", 0.005},
});

constexpr auto rmsorn_pypi = std::to_array<VariantSetting>({
    {"order", "stdp,ostdp,ip,ssee,ssoe"},
    {"noise_sigma", 0.0},
    {"clip_te", "off"},
    {"mu_ip", 0.1, "not used: no inhibitory STDP"},
    {"wei_plasticity", "static"},
    {"sp_probability", 0.0},
    {"network_type_ei", "Dense"},
    {"no", 1.0},
    {"output", "threshold"},
    {"readout_lag", 1.0},
    {"reward_window", 0.0, "the program has another baseline: give rewards minus it"},
    {"recurrent", "reward"},
    {"output_learning", "unit_0"},
    {"eta_oe", 0.004},
    {"woe_min", -1e6},
    {"woe_max", 1e6},
    {"eta_ip_o", 0.0},
    {"to_min", 0.5},
});

constexpr auto table = std::to_array<Variant>({
    {
        .id = VariantName::nambusubramaniyan2021,
        .meaning = "the Python package sorn",
        .publication = "Nambusubramaniyan 2021, doi 10.21105/joss.03545",
        .good_for = "what was written for the Python package sorn",
        .program = "docs/model.md",
    },
    {
        .id = VariantName::lazar2009,
        .meaning = "the first SORN: deterministic, with STDP, intrinsic plasticity and synaptic scaling",
        .publication = "Lazar, Pipa & Triesch 2009, doi 10.3389/neuro.10.023.2009",
        .good_for = "counting tasks and other learned sequences",
        .differences = "the program has the step only: rates and ranges of thresholds are from general knowledge, and "
                       "the range of T_I is that of SORN_V2, on which results hardly depend",
        .program = program_l,
        .settings = lazar2009,
    },
    {
        .id = VariantName::zheng2013,
        .meaning = "noisy network with five rules and slow inhibition",
        .publication = "Zheng, Dimitrakakis & Triesch 2013, doi 10.1371/journal.pcbi.1002848",
        .good_for = "weight distributions, and births and lifetimes of synapses",
        .differences =
            "the publication makes each new synapse at once, the program eleven at a time, at the same rate; "
            "the publication has noise of variance 0.01 to 0.05, the program 0.05",
        .program = program_h,
        .settings = zheng2013,
    },
    {
        .id = VariantName::hartmann2015,
        .meaning = "deterministic network with scaling by incoming and outgoing sums",
        .publication = "Hartmann, Lazar, Nessler & Triesch 2015, doi 10.1371/journal.pcbi.1004640",
        .good_for = "spontaneous and evoked activity, variability, decisions, and sequence learning",
        .differences = "all parameter files of the program scale by incoming and outgoing sums; whether the printed "
                       "figures do could not be read",
        .program = program_hs,
        .settings = hartmann2015,
    },
    {
        .id = VariantName::delpapa2017,
        .meaning = "noisy network with five rules and fast inhibition",
        .publication = "Del Papa, Priesemann & Triesch 2017, doi 10.1371/journal.pone.0178683",
        .good_for = "neuronal avalanches and criticality",
        .differences = "the program makes eleven synapses at a time; its files for the counting task leave out "
                       "inhibitory STDP and structural plasticity and have a full W_EI",
        .program = program_d,
        .settings = delpapa2017,
    },
    {
        .id = VariantName::sorn_v2,
        .meaning = "the later rewrite SORN_V2, its avalanches: uniform noise, full W_EI, structural plasticity last",
        .publication = "program SORN_V2 of Del Papa",
        .good_for = "comparison with that program",
        .differences =
            "the program names Del Papa 2017 for its avalanches, but its noise is uniform, with 240 times less "
            "variance, and does not reproduce them: use delpapa2017",
        .program = program_v2,
        .settings = sorn_v2,
    },
    {
        .id = VariantName::sorn_v2_tasks,
        .meaning = "the later rewrite SORN_V2, its tasks: no noise, static W_EI, no structural plasticity",
        .publication = "program SORN_V2 of Del Papa",
        .good_for = "counting, random sequences and memory; grammar and text with keep_zero on and wee_min 0",
        .differences = {},
        .program = program_v2t,
        .settings = sorn_v2_tasks,
    },
    {
        .id = VariantName::rmsorn,
        .meaning = "an output layer that learns from reward: acts in an environment",
        .publication = "docs/reward.md",
        .good_for = "tasks with actions and rewards: cues, recall, patterns, generation of sequences",
        .differences = "the idea is that of Aswolinskiy & Pipa 2015, doi 10.3389/fncom.2015.00036, of which only the "
                       "abstract could be read: details and values are chosen, and no number of it is reproduced",
        .program = "docs/reward.md",
        .settings = rmsorn,
    },
    {
        .id = VariantName::xing2019,
        .meaning = "reward-modulated network as the program RM-SORN runs, with the values of its counting task",
        .publication = "program RM-SORN of Xing 2019",
        .good_for = "comparison with that program",
        .differences = "the file of its counting task gives each output unit a target rate of its own (state, h_o); "
                       "its pools of input units are drawn with replacement",
        .program = program_x,
        .settings = xing2019,
    },
    {
        .id = VariantName::rmsorn_pypi,
        .meaning = "reward-modulated network as the Python package rmsorn computes a step, with its slips",
        .publication = "Python package rmsorn 0.0.9",
        .good_for = "comparison with that package: its output unit does not learn",
        .differences = "the package does not run as published; its baseline of the reward, the largest mean over "
                       "windows of all rewards so far, is left to the caller; it leaves W_OE unscaled at the beginning",
        .program = program_k,
        .settings = rmsorn_pypi,
    },
});

constexpr bool complete(const Variant& row) {
  return !row.meaning.empty() && !row.publication.empty() && !row.good_for.empty() && !row.program.empty();
}
static_assert(std::all_of(table.begin(), table.end(), complete), "a variant lacks its words or its settings");
static_assert(
    [] {
      for (std::size_t k = 0; k < table.size(); ++k) {
        if (static_cast<std::size_t>(table[k].id) != k) return false;
      }
      return table.size() == switch_names<VariantName>.size();
    }(),
    "each VariantName has one row, in their order");

/// The defaults with the settings of a variant.
Parameters made(const Variant& variant) {
  Parameters parameters;
  for (const VariantSetting& setting : variant.settings) {
    const auto* const number = std::get_if<double>(&setting.value);
    const ParameterValue value =
        number != nullptr ? ParameterValue(*number) : ParameterValue(std::string(*std::get_if<1>(&setting.value)));
    set_parameter(parameters, setting.parameter, value);
  }
  parameters.variant = variant.id;
  return parameters;
}

}  // namespace

std::span<const Variant> variant_table() noexcept { return table; }

const Variant& variant(VariantName which) noexcept { return table[static_cast<std::size_t>(which)]; }

VariantName variant_named(std::string_view text) {
  return enumerator_named<VariantName>("variant", text, switch_names<VariantName>);
}

const Parameters& parameters_of(VariantName which) {
  static const auto all = [] {
    std::array<Parameters, table.size()> parameters;
    std::transform(table.begin(), table.end(), parameters.begin(), made);
    return parameters;
  }();
  return all[static_cast<std::size_t>(which)];
}

void set_variant(Parameters& parameters, const Parameters& of) {
  const Parameters& before = parameters_of(parameters.variant);
  const auto names = switch_list();
  for (const ParameterInfo& row : parameter_table()) {
    if (std::find(names.begin(), names.end(), row.name) == names.end()) continue;
    std::visit(
        [&](auto member) {
          if (parameters.*member == before.*member) parameters.*member = of.*member;
        },
        row.field);
  }
  parameters.variant = of.variant;
}

std::vector<std::string_view> switch_list() {
  constexpr std::array<std::string_view, 4> of_a_network{"ne", "ni", "nu", "variant"};
  std::vector<std::string_view> names;
  for (const ParameterInfo& row : parameter_table()) {
    if (std::find(of_a_network.begin(), of_a_network.end(), row.name) == of_a_network.end()) names.push_back(row.name);
  }
  return names;
}

std::vector<std::string_view> changed_switches(const Parameters& parameters) {
  const Parameters& own = parameters_of(parameters.variant);
  std::vector<std::string_view> names = switch_list();
  names.erase(std::remove_if(
                  names.begin(), names.end(),
                  [&](std::string_view name) { return get_parameter(parameters, name) == get_parameter(own, name); }),
              names.end());
  return names;
}

std::string_view source_of(VariantName which, std::string_view parameter) noexcept {
  const Variant& row = variant(which);
  for (const VariantSetting& setting : row.settings) {
    if (setting.parameter == parameter && !setting.source.empty()) return setting.source;
  }
  return row.program;
}

}  // namespace sorn
