// Rules whose function was compiled in this process.
#pragma once

#include "own_rule.hpp"

#include <sorn/own_rule.hpp>

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>

namespace sorn::python {

namespace nb = nanobind;

/// Calls a function of the form of sorn_rule::apply at an address. Threads do not take the GIL for it.
class AddressRule final : public DescribedRule {
public:
  /// @param explain  None, or called with an exception that the function has kept by `raised`, the name of the rule and
  ///   the step; returns the exception to raise
  AddressRule(RuleDescription description, std::uint64_t address, nb::object explain);

  void apply(RuleView& part) const override;

private:
  std::shared_ptr<const OwnRule> rule_;  // makes a sorn_part of the view
  nb::object explain_;
};

/// The places of the members of sorn_part and sorn_synapses, for compilers at run time.
nb::dict rule_layout();

/// The addresses of functions that compiled rules call. `signal`: (part, name) finds the place of a signal. `raised`:
/// () keeps the exception of Python that is set for the AddressRule in this thread, and returns what apply returns
/// then.
nb::dict rule_functions();

}  // namespace sorn::python
