// RapidCheck generators of hyperparameters, frozen rules and numbers, for properties that must hold for all of them.
#pragma once

#include <sorn/parameters.hpp>

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn::test {

inline double any_real(double low, double high) {
  const auto n = *rc::gen::inRange<std::int64_t>(0, 1'000'001);
  return low + (high - low) * static_cast<double>(n) / 1e6;
}

inline std::vector<double> any_reals(std::size_t count, double low, double high) {
  std::vector<double> values(count);
  std::generate(values.begin(), values.end(), [&] { return any_real(low, high); });
  return values;
}

/// Any order of any rules.
inline Order any_order(Inhibition inhibition, bool wei_changes, bool outputs) {
  std::vector<Stage> stages;
  if (inhibition == Inhibition::slow && *rc::gen::arbitrary<bool>()) {
    stages = {Act::fire_inhibitory, Act::fire_excitatory};
  }
  std::vector<Rule> rules(all_rules.begin(), all_rules.end());
  std::erase(rules, Rule::ss);  // it stands for two others
  if (!wei_changes) std::erase_if(rules, [](Rule rule) { return rule == Rule::istdp || rule == Rule::ssei; });
  if (!outputs) {
    std::erase_if(rules, [](Rule rule) { return rule == Rule::ostdp || rule == Rule::ip_o || rule == Rule::ssoe; });
  }
  while (!rules.empty()) {
    const auto at = rules.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(rules));
    if (*rc::gen::inRange(0, 6) > 0) stages.emplace_back(*at);
    rules.erase(at);
  }
  return Order(stages);
}

/// An output layer, or none.
inline void set_any_outputs(Parameters& p) {
  p.no = *rc::gen::element<std::size_t>(0, 0, 1, 2, 5);
  p.output = *rc::gen::element(OutputKind::winner, OutputKind::winners, OutputKind::threshold);
  p.readout_lag = *rc::gen::element<std::size_t>(0, 1);
  p.reward_window = *rc::gen::element<std::size_t>(0, 1, 3, 20);
  p.recurrent = *rc::gen::element(RecurrentLearning::on, RecurrentLearning::reward, RecurrentLearning::off);
  p.output_learning = *rc::gen::element(OutputLearning::output, OutputLearning::output, OutputLearning::unit_0);
  p.eta_oe = any_real(0, 0.3);
  p.woe_min = *rc::gen::element(0.0, -0.5, -1e6);
  p.woe_max = *rc::gen::element(0.3, 1.0, 1e6);
  p.eta_ip_o = any_real(0, 0.1);
  if (*rc::gen::arbitrary<bool>()) p.h_o = any_real(0, 1);
  p.to_min = any_real(-0.2, 0.2);
  p.to_max = p.to_min + any_real(0, 0.5);
}

/// The switches of a variant: any that do not contradict each other.
inline void set_any_switches(Parameters& p) {
  const auto any_toggle = [] { return *rc::gen::element(Toggle::off, Toggle::on); };
  p.inhibition = *rc::gen::element(Inhibition::slow, Inhibition::fast);
  p.wei_plasticity = *rc::gen::element(WeiPlasticity::plastic, WeiPlasticity::plastic, WeiPlasticity::fixed);
  set_any_outputs(p);
  p.order = any_order(p.inhibition, p.wei_plasticity == WeiPlasticity::plastic, p.no > 0);
  p.comparison = *rc::gen::element(Comparison::greater, Comparison::at_least);
  p.threshold_place = *rc::gen::element(ThresholdPlace::last, ThresholdPlace::first);
  p.input_gain = *rc::gen::element(1.0, 0.5, 1e8);
  p.noise_kind = *rc::gen::element(NoiseKind::gaussian, NoiseKind::uniform);
  p.noise_sigma = any_real(0, 0.2);
  p.spike_probability = *rc::gen::element(0.0, 0.0, 0.3);
  p.clip_te = any_toggle();
  p.always_ip = p.order.contains(Rule::ip) ? any_toggle() : Toggle::off;
  p.width_ip = *rc::gen::element(0.0, 0.01);
  p.sigma_ip = *rc::gen::element(0.0, 0.05);
  p.wee_min = *rc::gen::element(0.0, 1e-10, 0.02);
  p.wee_max = *rc::gen::element(0.2, 1.0, 2.0, 1e6);
  p.keep_zero = any_toggle();
  p.wei_min = *rc::gen::element(0.0, 0.001);
  p.sp_batch = *rc::gen::element<std::size_t>(1, 2, 11);
  p.sp_scaling = *rc::gen::element(SpScaling::network, SpScaling::pairs);
  if (p.order.contains(Rule::ssee)) p.eta_ds = *rc::gen::element(0.0, 0.0, 0.1, 1.0);
  p.scaling_min = *rc::gen::element(0.0, 1e-6, 0.3);
  p.ei_diagonal = any_toggle();
  p.initial_weight = any_real(0.01, 1.0);
  p.threshold_start = *rc::gen::element(ThresholdStart::uniform, ThresholdStart::grid);
  p.activity_start = *rc::gen::element(ActivityStart::probability, ActivityStart::target_rate);
  p.active_excitatory = any_real(0, 1);
  p.active_inhibitory = any_real(0, 1);
  p.sp_weight = std::max(p.sp_weight, p.wee_min);
}

/// Small networks of the default variant, with rates from 0 to far above the usual ones.
inline Parameters any_usual_parameters() {
  Parameters p;
  p.ne = *rc::gen::inRange<std::size_t>(2, 40);
  p.ni = *rc::gen::inRange<std::size_t>(1, 12);
  p.nu = *rc::gen::inRange<std::size_t>(1, p.ne + 1);
  for (auto* type : {&p.network_type_ee, &p.network_type_ei, &p.network_type_ie}) {
    *type =
        *rc::gen::element(Connectivity::sparse, Connectivity::dense, Connectivity::binomial, Connectivity::bernoulli);
  }
  p.lambda_ee = any_real(0, static_cast<double>(p.ne - 1));
  p.lambda_ei = any_real(0, static_cast<double>(p.ne));
  p.lambda_ie = any_real(0, 100);
  p.eta_stdp = any_real(0, 0.1);
  p.eta_inhib = any_real(0, 0.1);
  p.eta_ip = any_real(0, 0.1);
  p.te_min = any_real(-0.6, 0.3);
  p.te_max = p.te_min + any_real(0, 1);
  p.ti_max = any_real(-0.1, 0.6);
  p.ti_min = p.ti_max - any_real(0, 0.6);
  p.mu_ip = any_real(0.01, 0.5);
  if (2 * p.nu >= p.ne || *rc::gen::arbitrary<bool>()) p.h_ip = any_real(0.001, 0.999);
  p.sp_probability = *rc::gen::element(0.0, 0.1, 0.7, 1.0);
  p.sp_weight = any_real(1e-6, 1);
  return p;
}

/// Small networks of every kind.
inline Parameters any_parameters() {
  Parameters p = any_usual_parameters();
  if (*rc::gen::arbitrary<bool>()) set_any_switches(p);
  if (*rc::gen::inRange(0, 4) == 0) {
    p.lambda_unit = LambdaUnit::percent;
    p.lambda_ee = any_real(0, 100);
    p.lambda_ei = any_real(0, 100);
  }
  return p;
}

inline RuleSet any_freeze() {
  RuleSet freeze;
  for (const Rule rule : all_rules) {
    if (*rc::gen::inRange(0, 4) == 0) freeze.insert(rule);
  }
  return freeze;
}

}  // namespace sorn::test
