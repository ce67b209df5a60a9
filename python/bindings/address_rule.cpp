#include "address_rule.hpp"

#include <sorn/rule.h>
#include <sorn/error.hpp>
#include <sorn/rule_library.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

/// The exception of a function that was called in this thread.
thread_local std::exception_ptr raised;

const char* keep_raised() noexcept {
  try {
    throw nb::python_error();  // takes the exception that is set
  } catch (...) {
    raised = std::current_exception();
  }
  return "it has raised an exception";
}

const double* signal_of(const sorn_part* part, const char* name) noexcept { return sorn_signal(part, name); }

template <class Function>
std::uint64_t address_of(Function* function) {
  return reinterpret_cast<std::uint64_t>(function);
}

/// The function and the parameters of a rule. The rest of its description is that of the AddressRule.
struct Function {
  Function(const DescribedRule& rule, std::uint64_t address) : name(rule.name()), values(rule.values()) {
    for (const RuleValue& value : values) parameters.push_back({value.name.c_str(), value.value});
    description.abi = SORN_RULE_ABI;
    description.size = sizeof(sorn_rule);
    description.name = name.c_str();
    description.n_parameters = static_cast<std::uint32_t>(parameters.size());
    description.parameters = parameters.data();
    description.apply = reinterpret_cast<decltype(sorn_rule::apply)>(address);
  }
  Function(const Function&) = delete;  // it has pointers to its own texts
  Function& operator=(const Function&) = delete;
  ~Function() = default;

  std::string name;
  std::vector<RuleValue> values;
  std::vector<sorn_rule_parameter> parameters;
  sorn_rule description{};
};

}  // namespace

AddressRule::AddressRule(RuleDescription description, std::uint64_t address, nb::object explain)
    : DescribedRule(std::move(description)), explain_(std::move(explain)) {
  auto function = std::make_shared<Function>(*this, address);
  const sorn_rule& rule = function->description;
  rule_ = rule_of(rule, {}, std::move(function));
}

void AddressRule::apply(RuleView& part) const {
  if (part.units.begin == part.units.end) return;
  try {
    rule_->apply(part);
  } catch (const RuleError&) {
    if (raised == nullptr) throw;
  }
  if (raised == nullptr) return;
  const std::exception_ptr kept = std::exchange(raised, nullptr);
  if (explain_.is_none()) std::rethrow_exception(kept);
  try {
    std::rethrow_exception(kept);
  } catch (const nb::python_error& error) {
    const nb::gil_scoped_acquire gil;
    const nb::object told = explain_(error.value(), nb::str(name().data(), name().size()), part.step);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(told.ptr())), told.ptr());
    throw nb::python_error();
  }
}

nb::dict rule_layout() {
  nb::dict synapses;
#define SORN_MEMBER(member) synapses[#member] = offsetof(sorn_synapses, member)
  SORN_MEMBER(n_pre);
  SORN_MEMBER(first_post);
  SORN_MEMBER(n_post);
  SORN_MEMBER(start);
  SORN_MEMBER(length);
  SORN_MEMBER(pre);
  SORN_MEMBER(weight);
  SORN_MEMBER(high);
  SORN_MEMBER(row_start);
  SORN_MEMBER(row_length);
  SORN_MEMBER(outgoing);
  SORN_MEMBER(weight_);
  SORN_MEMBER(settled_);
  SORN_MEMBER(owner_);
  SORN_MEMBER(set_);
  SORN_MEMBER(make_);
#undef SORN_MEMBER
  nb::dict part;
#define SORN_MEMBER(member) part[#member] = offsetof(sorn_part, member)
#define SORN_UNITS(member)                          \
  part[#member] = offsetof(sorn_part, member.unit); \
  part[#member "_count"] = offsetof(sorn_part, member.count)
  SORN_MEMBER(step);
  SORN_MEMBER(ne);
  SORN_MEMBER(ni);
  SORN_MEMBER(begin);
  SORN_MEMBER(end);
  SORN_MEMBER(x);
  SORN_MEMBER(next_x);
  SORN_MEMBER(y);
  SORN_MEMBER(next_y);
  SORN_UNITS(active_x);
  SORN_UNITS(active_next_x);
  SORN_UNITS(active_y);
  SORN_MEMBER(te);
  SORN_MEMBER(target);
  SORN_MEMBER(wee);
  SORN_MEMBER(wei);
  SORN_MEMBER(parameters);
  SORN_MEMBER(memory_width);
  SORN_MEMBER(memory);
  SORN_MEMBER(owner_);
  SORN_MEMBER(set_te_);
  SORN_MEMBER(uniform_);
#undef SORN_UNITS
#undef SORN_MEMBER
  nb::dict layout;
  layout["synapses"] = synapses;
  layout["part"] = part;
  return layout;
}

nb::dict rule_functions() {
  nb::dict functions;
  functions["signal"] = address_of(&signal_of);
  functions["raised"] = address_of(&keep_raised);
  return functions;
}

}  // namespace sorn::python
