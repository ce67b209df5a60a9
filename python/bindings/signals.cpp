#include "signals.hpp"

#include "bindings.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <string>

namespace sorn::python {

namespace {

/// Calls a function of Python for the value of a step. Its exceptions reach the caller of the run.
double value_of(nb::handle function, const std::string& name, std::uint64_t step) {
  const nb::gil_scoped_acquire gil;
  const nb::object given = function(step);
  const double value = PyFloat_AsDouble(given.ptr());
  if (value != -1.0 || PyErr_Occurred() == nullptr) return value;
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0 && PyErr_ExceptionMatches(PyExc_ValueError) == 0) {
    throw nb::python_error();
  }
  PyErr_Clear();
  throw StateError(formatted("signal '{}' is of type {} in step {}", name,
                             nb::cast<std::string>(nb::str(given.type().attr("__name__"))), step),
                   "must be a number");
}

}  // namespace

HeldSignals::HeldSignals(nb::handle signals) {
  if (signals.is_none()) return;
  // A dictionary of its own: the caller may change the given one.
  given_ = nb::steal(PyDict_Copy(signals.ptr()));
  for (const auto& item : nb::borrow<nb::dict>(given_)) {
    const nb::handle value = item.second;
    const std::string name = nb::cast<std::string>(item.first);
    Array1 array;
    if (nb::try_cast<Array1>(value, array, false)) {
      std::vector<double>& values = arrays_.emplace_back(array.size());
      for (std::size_t t = 0; t < values.size(); ++t) values[t] = array(t);
      signals_.push_back({name, Signal::Values(values)});
    } else {
      // A handle, because the engine copies signals without the GIL.
      signals_.push_back({name, [value, name](std::uint64_t step) { return value_of(value, name, step); }});
    }
  }
}

nb::tuple HeldSignals::names() const {
  nb::list names;
  for (const Signal& signal : signals_) names.append(text(signal.name));
  return nb::tuple(names);
}

}  // namespace sorn::python
