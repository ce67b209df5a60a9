#include "signals.hpp"

#include "bindings.hpp"

#include "support/format.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

/// What the function of a signal has returned, as a number.
double number(nb::handle given, const std::string& name, std::uint64_t step) {
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

/// Calls a function of Python for the value of a step. Its exceptions reach the caller of the run.
double value_of(nb::handle function, const std::string& name, std::uint64_t step) {
  const nb::gil_scoped_acquire gil;
  return number(function(step), name, step);
}

/// The same for the reward of an answer.
std::optional<double> reward_for(nb::handle function, const std::string& name, const Answer& answer) {
  const nb::gil_scoped_acquire gil;
  const nb::object given = function(answer_object(answer));
  if (given.is_none()) return std::nullopt;
  return number(given, name, answer.step);
}

}  // namespace

nb::object answer_object(const Answer& answer) {
  if (answer.kind != OutputKind::threshold) return nb::int_(answer.action());
  return numpy_array(std::vector<std::uint8_t>(answer.output.begin(), answer.output.end()), {answer.output.size()});
}

HeldSignals::HeldSignals(nb::handle signals) {
  if (signals.is_none()) return;
  // A dictionary of its own: the caller may change the given one.
  given_ = nb::steal(PyDict_Copy(signals.ptr()));
  for (const auto& item : nb::borrow<nb::dict>(given_)) hold(nb::cast<std::string>(item.first), item.second);
}

void HeldSignals::hold(const std::string& name, nb::handle value) {
  const bool is_reward = nb::isinstance<Rewards>(value);
  const nb::handle given = is_reward ? nb::handle(nb::cast<const Rewards&>(value).given) : value;
  Array1 array;
  if (nb::try_cast<Array1>(given, array, false)) {
    std::vector<double>& values = arrays_.emplace_back(array.size());
    for (std::size_t t = 0; t < values.size(); ++t) values[t] = array(t);
    signals_.push_back({name, Signal::Values(values), is_reward});
  } else if (is_reward) {
    // A handle, here and below, because the engine copies signals without the GIL.
    signals_.push_back({name, [given, name](const Answer& answer) { return reward_for(given, name, answer); }});
  } else {
    signals_.push_back({name, [given, name](std::uint64_t step) { return value_of(given, name, step); }});
  }
}

nb::tuple HeldSignals::names() const {
  nb::list names;
  for (const Signal& signal : signals_) names.append(text(signal.name));
  return nb::tuple(names);
}

void bind_signals(nb::module_& m) {
  nb::class_<Rewards>(
      m, "Rewards",
      "The rewards of a run: a float64 array (steps,) in which NaN means no reward, or a function of the "
      "network's answer that returns a number or None.")
      .def(
          "__init__", [](Rewards* self, nb::object given) { new (self) Rewards{std::move(given)}; }, nb::arg("given"),
          nb::sig("def __init__(self, given: numpy.typing.NDArray[numpy.float64] | collections.abc.Callable[..., float "
                  "| None]) -> None"));
}

}  // namespace sorn::python
