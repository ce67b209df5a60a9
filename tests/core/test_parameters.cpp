#include "helpers/message_of.hpp"

#include <sorn/error.hpp>
#include <sorn/network.hpp>
#include <sorn/parameters.hpp>
#include <sorn/variant.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sorn {
namespace {

using test::message_of;
using testing::HasSubstr;

std::string message_of_setting(std::string_view name, const ParameterValue& value) {
  Parameters p;
  const std::string message = message_of<ParameterError>([&] { set_parameter(p, name, value); });
  EXPECT_EQ(p, Parameters{}) << "a failed set_parameter changed " << name;
  return message;
}

TEST(Parameters, HaveTheDefaultsOfTheUsageDocument) {
  const std::vector<std::pair<std::string_view, ParameterValue>> expected{
      {"ne", std::int64_t{200}},
      {"nu", std::int64_t{10}},
      {"network_type_ee", std::string("Sparse")},
      {"lambda_ee", 20.0},
      {"lambda_ei", 40.0},
      {"network_type_ei", std::string("Sparse")},
      {"lambda_ie", 100.0},
      {"eta_stdp", 0.004},
      {"network_type_ie", std::string("Dense")},
      {"eta_inhib", 0.001},
      {"eta_ip", 0.01},
      {"te_max", 1.0},
      {"ti_max", 0.5},
      {"ti_min", 0.0},
      {"te_min", 0.0},
      {"mu_ip", 0.01},
      {"h_ip", std::monostate{}},
      {"sigma_ip", 0.0},
      {"sp_probability", 0.1},
      {"sp_weight", 0.001},
      {"ni", std::monostate{}},
      {"variant", std::string("nambusubramaniyan2021")},
      {"order", std::string("excitatory,inhibitory,stdp,ip,sp,istdp,ssee,ssei")},
      {"inhibition", std::string("slow")},
      {"comparison", std::string("greater")},
      {"threshold_place", std::string("last")},
      {"input_gain", 1.0},
      {"noise_kind", std::string("gaussian")},
      {"noise_sigma", 0.04},
      {"spike_probability", 0.0},
      {"clip_te", std::string("on")},
      {"always_ip", std::string("off")},
      {"width_ip", 0.0},
      {"wee_min", 0.0},
      {"wee_max", 1.0},
      {"keep_zero", std::string("off")},
      {"wei_plasticity", std::string("plastic")},
      {"wei_min", 0.0},
      {"sp_batch", std::int64_t{1}},
      {"sp_scaling", std::string("network")},
      {"eta_ds", 0.0},
      {"scaling_min", 0.0},
      {"lambda_unit", std::string("synapses")},
      {"ei_diagonal", std::string("on")},
      {"initial_weight", 0.1},
      {"threshold_start", std::string("uniform")},
      {"activity_start", std::string("probability")},
      {"active_excitatory", 0.0},
      {"active_inhibitory", 0.0},
      {"no", std::int64_t{0}},
      {"output", std::string("winner")},
      {"readout_lag", std::int64_t{0}},
      {"reward_window", std::int64_t{20}},
      {"recurrent", std::string("on")},
      {"output_learning", std::string("output")},
      {"eta_oe", 0.005},
      {"woe_min", 0.0},
      {"woe_max", 1.0},
      {"eta_ip_o", 0.001},
      {"h_o", std::monostate{}},
      {"to_min", 0.0},
      {"to_max", 0.5},
  };
  EXPECT_EQ(parameter_table().size(), expected.size());
  for (const auto& [name, value] : expected) EXPECT_EQ(get_parameter(Parameters{}, name), value) << name;
  EXPECT_EQ(Parameters{}.inhibitory_count(), 40U);
  EXPECT_DOUBLE_EQ(Parameters{}.target_rate(), 0.1);
}

TEST(Parameters, OfAVariantComeWithItsNameButNotInPlaceOfGivenOnes) {
  Parameters p;
  set_parameter(p, "eta_ip", 0.02);
  set_parameter(p, "variant", std::string("lazar2009"));
  EXPECT_EQ(p.variant, VariantName::lazar2009);
  EXPECT_EQ(p.eta_stdp, 0.001);
  EXPECT_EQ(p.eta_ip, 0.02);
  EXPECT_EQ(text(p.order), "excitatory,inhibitory,ip,stdp,ssee");
  set_parameter(p, "eta_ip", 0.001);
  EXPECT_EQ(p, parameters_of(VariantName::lazar2009));
  set_parameter(p, "variant", std::string("nambusubramaniyan2021"));
  EXPECT_EQ(p, Parameters());
}

TEST(Parameters, OfContradictorySwitchesAreNamedTogether) {
  const auto problem_of = [](VariantName variant, std::string_view name, const ParameterValue& value) {
    Parameters p = parameters_of(variant);
    set_parameter(p, name, value);
    const auto found = problems(p);
    return found.size() == 1 ? found[0] : std::to_string(found.size()) + " problems";
  };
  EXPECT_THAT(problem_of(VariantName::zheng2013, "wei_plasticity", std::string("static")), HasSubstr("2 problems"));
  EXPECT_THAT(problem_of(VariantName::hartmann2015, "wei_plasticity", std::string("static")),
              testing::AllOf(HasSubstr("wei_plasticity = 'static'"), HasSubstr("'ssei'"), HasSubstr("order = ")));
  EXPECT_THAT(problem_of(VariantName::delpapa2017, "order", std::string("inhibitory,excitatory,stdp")),
              testing::AllOf(HasSubstr("inhibition = 'fast'"), HasSubstr("order = 'inhibitory,excitatory,stdp'")));
  EXPECT_THAT(problem_of(VariantName::hartmann2015, "order", std::string("ip,stdp")), HasSubstr("eta_ds = 0.1"));
  EXPECT_THAT(problem_of(VariantName::lazar2009, "eta_ds", 0.2), HasSubstr("0 problems"));
  EXPECT_THAT(problem_of(VariantName::sorn_v2_tasks, "wee_max", 1e-12), HasSubstr("wee_min = 1e-10"));
  EXPECT_THAT(problem_of(VariantName::zheng2013, "sp_weight", 1e-11), HasSubstr("sp_weight = 1e-11"));
  EXPECT_THAT(problem_of(VariantName::nambusubramaniyan2021, "always_ip", std::string("on")), HasSubstr("0 problems"));
  EXPECT_THAT(message_of_setting("order", std::string("stdp,istpd")), HasSubstr("did you mean 'istdp'?"));
}

TEST(Parameters, WithAFormulaCanBeSetAndUnset) {
  Parameters p{.ne = 1000};
  EXPECT_EQ(effective_parameter(p, "ni"), ParameterValue(std::int64_t{200}));
  EXPECT_EQ(effective_parameter(p, "h_ip"), ParameterValue(0.02));
  EXPECT_EQ(effective_parameter(p, "nu"), ParameterValue(std::int64_t{10}));
  set_parameter(p, "h_ip", 0.1);
  EXPECT_EQ(p.target_rate(), 0.1);
  EXPECT_EQ(effective_parameter(p, "h_ip"), ParameterValue(0.1));
  set_parameter(p, "h_ip", std::string("None"));
  EXPECT_EQ(p, (Parameters{.ne = 1000}));
  for (const ParameterInfo& info : parameter_table()) {
    EXPECT_EQ(info.unset.empty(), get_parameter({}, info.name) != ParameterValue(std::monostate{})) << info.name;
    if (info.unset.empty()) {
      EXPECT_THROW(set_parameter(p, info.name, std::monostate{}), ParameterError) << info.name;
    }
  }
}

TEST(Parameters, AcceptNegativeThresholds) {
  Parameters p;
  for (const auto* name : {"te_min", "te_max", "ti_min", "ti_max"}) {
    set_parameter(p, name, -0.5);
    EXPECT_EQ(get_parameter(p, name), ParameterValue(-0.5));
    EXPECT_THAT(message_of_setting(name, -1001.0), HasSubstr("must be a number in [-1000, 1000]"));
  }
  EXPECT_THAT(problems(p), testing::IsEmpty());
  p.te_min = -0.25;
  EXPECT_THAT(problems(p), testing::ElementsAre(HasSubstr("te_min = -0.25: must be at most te_max = -0.5")));
}

TEST(Parameters, RoundTripThroughTheTable) {
  Parameters p{.ne = 77, .ni = 9, .nu = 3, .network_type_ee = Connectivity::dense, .lambda_ei = 12.5, .mu_ip = 0.2};
  Parameters copy;
  for (const ParameterInfo& info : parameter_table()) set_parameter(copy, info.name, get_parameter(p, info.name));
  EXPECT_EQ(copy, p);
}

TEST(Parameters, RefuseValuesOutsideTheirRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const ParameterInfo& info : parameter_table()) {
    if (info.range.find("number") == std::string_view::npos) continue;
    const auto has_rule = HasSubstr(std::string(info.name) + " = ");
    for (const double bad : {nan, infinity, -infinity, -1e7, 1e300}) {
      EXPECT_THAT(message_of_setting(info.name, bad), has_rule) << bad;
      EXPECT_THAT(message_of_setting(info.name, bad), HasSubstr(std::string(info.range))) << bad;
    }
    EXPECT_THAT(message_of_setting(info.name, std::string("many")), HasSubstr("'many'"));
  }
  for (const auto* count : {"ne", "ni", "nu"}) {
    EXPECT_THAT(message_of_setting(count, 2.5), HasSubstr("2.5: must be a whole number"));
    EXPECT_THAT(message_of_setting(count, std::int64_t{0}), HasSubstr("= 0: must be a whole number"));
    EXPECT_THAT(message_of_setting(count, std::int64_t{-3}), HasSubstr("= -3: must be a whole number"));
  }
  EXPECT_THAT(message_of_setting("mu_ip", 0.0), HasSubstr("[1e-06, 1]"));
  EXPECT_THAT(message_of_setting("ne", std::monostate{}), HasSubstr("ne = None"));
  for (const double bad : {0.0, -0.1, 1.0, 1.5}) {
    EXPECT_THAT(message_of_setting("h_ip", bad), HasSubstr("above 0 and below 1; leave it out for 2*nu/ne"));
  }
  for (const double bad : {0.0, -0.1, 1.1}) {
    EXPECT_THAT(message_of_setting("sp_weight", bad), HasSubstr("above 0 and up to 1; the default is 0.001"));
  }
  for (const double bad : {-0.1, 1.1}) EXPECT_THAT(message_of_setting("sp_probability", bad), HasSubstr("in [0, 1]"));
}

TEST(Parameters, AcceptWholeNumbersWrittenAsReals) {
  Parameters p;
  set_parameter(p, "ne", 1e3);
  EXPECT_EQ(p.ne, 1000U);
  set_parameter(p, "network_type_ei", std::string("dense"));
  EXPECT_EQ(p.network_type_ei, Connectivity::dense);
}

TEST(Parameters, ErrorsSuggestTheNearestName) {
  EXPECT_THAT(message_of_setting("lamda_ee", 3.0), HasSubstr("did you mean 'lambda_ee'?"));
  EXPECT_THAT(message_of_setting("network_type_ee", std::string("Spare")), HasSubstr("did you mean 'Sparse'?"));
  EXPECT_THAT(message_of_setting("variant", std::string("nambu")), HasSubstr("nambusubramaniyan2021"));
  EXPECT_THAT(message_of<ParameterError>([] { (void)get_parameter(Parameters{}, "eta"); }),
              HasSubstr("unknown hyperparameter 'eta'"));
}

TEST(Problems, AreListedTogether) {
  Parameters p{.ne = 4, .nu = 9, .te_max = 0.1, .ti_min = 0.7, .te_min = 0.4, .mu_ip = std::nan("")};
  const auto found = problems(p);
  EXPECT_THAT(found, testing::UnorderedElementsAre(HasSubstr("int(0.2*ne) = 0"), HasSubstr("nu = 9: must be at most"),
                                                   HasSubstr("te_min = 0.4: must be at most te_max = 0.1"),
                                                   HasSubstr("ti_min = 0.7: must be at most ti_max = 0.5"),
                                                   HasSubstr("mu_ip = nan")));
  EXPECT_THAT(message_of<ParameterError>([&] { validate(p); }), HasSubstr("ti_min = 0.7"));
  EXPECT_THAT(problems(Parameters{}), testing::IsEmpty());
}

TEST(BuildProblems, CompareLambdaWithItsPool) {
  // Also if no network is built, except for default values.
  EXPECT_THAT(problems({.ne = 50, .lambda_ee = 55}), testing::ElementsAre(HasSubstr("lambda_ee = 55")));
  EXPECT_THAT(problems({.ne = 15, .lambda_ei = 41}), testing::ElementsAre(HasSubstr("lambda_ei = 41")));
  EXPECT_THAT(problems({.ne = 15}), testing::IsEmpty());
  EXPECT_THAT(build_problems({.ne = 50, .lambda_ee = 50}), testing::ElementsAre(HasSubstr("at most ne - 1 = 49")));
  EXPECT_THAT(build_problems({.ne = 30}), testing::ElementsAre(HasSubstr("lambda_ei = 40: must be at most ne = 30")));
  EXPECT_THAT(build_problems({.ne = 50, .lambda_ee = 49}), testing::IsEmpty());
  // Dense connectivity does not read lambda.
  EXPECT_THAT(build_problems({.ne = 30, .network_type_ei = Connectivity::dense}), testing::IsEmpty());
}

TEST(BuildProblems, RefuseNetworksThatExceedMemory) {
  EXPECT_THAT(build_problems({.ne = 2'000'000'000}), testing::Contains(HasSubstr("GB")));
  EXPECT_THAT(message_of<ParameterError>([] { Network(Parameters{.ne = 10'000'000}, 1); }),
              HasSubstr("network_type_ie='Sparse'"));
}

TEST(BuildProblems, RefuseMoreSynapsesThan32BitsCanCount) {
  const auto message = message_of<ParameterError>([] {
    Network(Parameters{.ne = 1'000'000, .ni = 10, .network_type_ie = Connectivity::sparse, .lambda_ee = 5000}, 1);
  });
  EXPECT_THAT(message, HasSubstr("ne = 1000000, ni = 10 would have about 5e+09 EE synapses, of which a matrix holds at "
                                 "most 4294967295: give fewer units"));
}

TEST(Names, AreReadForRulesPhasesAndVariants) {
  for (const Rule rule : all_rules) EXPECT_EQ(rule_named(name(rule)), rule);
  EXPECT_EQ(phase_named("training"), Phase::training);
  EXPECT_THAT(message_of<ParameterError>([] { (void)rule_named("ipp"); }), HasSubstr("did you mean 'ip'?"));
  EXPECT_THAT(message_of<ParameterError>([] { (void)phase_named("trained"); }), HasSubstr("did you mean 'training'?"));
}

}  // namespace
}  // namespace sorn
