// Rules of a user's own that are objects of Python.
#pragma once

#include <sorn/own_rule.hpp>

#include <nanobind/nanobind.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// The memory of a rule that Python describes.
struct PythonMemory {
  std::size_t width = 0;          ///< numbers for each unit
  bool of_pairs = false;          ///< a number for each pair of units instead
  std::vector<double> initial{};  ///< `width` numbers for each unit, with which it begins; empty: zeros
};

/// What the engine knows of a rule that Python describes.
struct RuleDescription {
  std::string name;
  Changes changes;
  std::size_t most_new = 0;
  std::vector<RuleValue> values;   ///< the parameters that are numbers
  std::vector<std::string> needs;  ///< the signals that it needs
  PythonMemory memory;
};

/// A rule with a description.
class DescribedRule : public OwnRule {
public:
  /// @throws ParameterError as Rule::own()
  explicit DescribedRule(RuleDescription description);

  std::string_view name() const noexcept override { return description_.name; }
  Changes changes() const noexcept override { return description_.changes; }
  std::size_t most_new() const noexcept override { return description_.most_new; }
  std::vector<RuleValue> values() const override { return description_.values; }
  std::vector<std::string> needs() const override { return description_.needs; }
  std::size_t memory_width(const Parameters& parameters) const override;
  void begin_memory(const MemoryStart& start) const override;

private:
  RuleDescription description_;
};

/// What a rule does: a function of Python, a library, or a function of <sorn/rule.h> at an address.
struct RuleCode {
  std::shared_ptr<const OwnRule> rule;
  bool calls_python = false;  ///< in each step
};

/// A rule that is an object of Python: it has the code of another one.
class PythonRule final : public OwnRule {
public:
  explicit PythonRule(RuleCode code) : code_(std::move(code.rule)), calls_python_(code.calls_python) {}

  bool calls_python() const noexcept { return calls_python_; }

  std::string_view name() const noexcept override { return code_->name(); }
  Changes changes() const noexcept override { return code_->changes(); }
  std::size_t most_new() const noexcept override { return code_->most_new(); }
  std::vector<RuleValue> values() const override { return code_->values(); }
  std::vector<std::string> needs() const override { return code_->needs(); }
  std::size_t memory_width(const Parameters& parameters) const override { return code_->memory_width(parameters); }
  void begin_memory(const MemoryStart& start) const override { code_->begin_memory(start); }
  void apply(RuleView& part) const override { code_->apply(part); }

private:
  std::shared_ptr<const OwnRule> code_;
  bool calls_python_;
};

/// The rules of a list of Python. They keep their objects alive.
std::vector<std::shared_ptr<const OwnRule>> rules_of(const nb::sequence& rules);
/// The objects of Python of these rules, as a tuple.
nb::tuple objects_of(const std::vector<std::shared_ptr<const OwnRule>>& rules);
/// Whether one of them is a function of Python.
bool calls_python(const std::vector<std::shared_ptr<const OwnRule>>& rules) noexcept;

}  // namespace sorn::python
