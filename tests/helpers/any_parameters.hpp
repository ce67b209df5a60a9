// RapidCheck generators of hyperparameters, frozen rules and numbers, for properties that must hold for all of them.
#pragma once

#include <sorn/parameters.hpp>

#include <rapidcheck.h>

#include <algorithm>
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

/// Small networks of every kind, with rates from 0 to far above the usual ones.
inline Parameters any_parameters() {
  Parameters p;
  p.ne = *rc::gen::inRange<std::size_t>(2, 40);
  p.ni = *rc::gen::inRange<std::size_t>(1, 12);
  p.nu = *rc::gen::inRange<std::size_t>(1, p.ne + 1);
  p.network_type_ee = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
  p.network_type_ei = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
  p.network_type_ie = *rc::gen::element(Connectivity::sparse, Connectivity::dense);
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

inline RuleSet any_freeze() {
  RuleSet freeze;
  for (const Rule rule : all_rules) {
    if (*rc::gen::inRange(0, 4) == 0) freeze.insert(rule);
  }
  return freeze;
}

}  // namespace sorn::test
