// Rules of a user's own that are functions of Python.
#pragma once

#include <sorn/own_rule.hpp>

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// The memory of a rule.
struct PythonMemory {
  std::size_t width = 0;          ///< numbers for each unit
  bool of_pairs = false;          ///< a number for each pair of units instead
  std::vector<double> initial{};  ///< `width` numbers for each unit, with which it begins; empty: zeros
};

/// Calls a function of Python with a PartView for each part and step. Threads take the GIL for the call.
class PythonRule final : public OwnRule {
public:
  /// @param function  takes a PartView
  /// @param values    the parameters that are numbers
  /// @param needs     the signals that it needs
  /// @throws ParameterError as Rule::own()
  PythonRule(std::string name, Changes changes, std::size_t most_new, nb::object function,
             std::vector<RuleValue> values, std::vector<std::string> needs, PythonMemory memory);

  std::string_view name() const noexcept override { return name_; }
  Changes changes() const noexcept override { return changes_; }
  std::size_t most_new() const noexcept override { return most_new_; }
  std::vector<RuleValue> values() const override { return values_; }
  std::vector<std::string> needs() const override { return needs_; }
  std::size_t memory_width(const Parameters& parameters) const override;
  void begin_memory(const MemoryStart& start) const override;
  void apply(RuleView& part) const override;

private:
  std::string name_;
  Changes changes_;
  std::size_t most_new_;
  nb::object function_;
  std::vector<RuleValue> values_;
  std::vector<std::string> needs_;
  PythonMemory memory_;
};

/// The rules of a list of Python. They keep their objects alive.
std::vector<std::shared_ptr<const OwnRule>> rules_of(const nb::sequence& rules);
/// The objects of Python of these rules, as a tuple.
nb::tuple objects_of(const std::vector<std::shared_ptr<const OwnRule>>& rules);

}  // namespace sorn::python
