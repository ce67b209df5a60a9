#include "bindings.hpp"

#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/variant.hpp>

#include <nanobind/stl/vector.h>

#include <algorithm>

namespace sorn::python {

namespace {

/// A caller's value for a message, cut if it is long.
std::string quoted(nb::handle value) {
  constexpr std::size_t longest = 80;
  const nb::object text = nb::steal(PyObject_Repr(value.ptr()));
  if (!text.is_valid()) {  // an int of thousands of digits, or a __repr__ that fails
    PyErr_Clear();
    return "a value of type " + nb::cast<std::string>(value.type().attr("__name__"));
  }
  auto result = nb::cast<std::string>(text);
  return result.size() <= longest ? result : result.substr(0, longest) + "…";
}

/// The row of a name in the table.
const ParameterInfo& row_of(std::string_view name) {
  const auto table = parameter_table();
  return *std::find_if(table.begin(), table.end(), [&](const ParameterInfo& info) { return info.name == name; });
}

[[noreturn]] void refuse(std::string_view name, nb::handle value) {
  const ParameterInfo& row = row_of(name);
  throw ParameterError(formatted("{} = {}", name, quoted(value)),
                       formatted("must be {}{}", row.range, row.is_toggle() ? ", or True or False" : ""));
}

ParameterValue whole_number(std::string_view name, nb::handle value) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow != 0) refuse(name, value);  // no hyperparameter needs more than 64 bits
  return static_cast<std::int64_t>(number);
}

/// True for numpy's scalars, fractions and all other real numbers of Python, but not for arrays.
bool is_real_number(nb::handle value) { return nb::isinstance(value, nb::module_::import_("numbers").attr("Real")); }

/// The number in an array without dimensions, as numpy.load() returns it; any other value is returned unchanged.
nb::object without_array(nb::handle value) {
  const bool scalar = nb::hasattr(value, "ndim") && nb::hasattr(value, "item") && value.attr("ndim").equal(nb::int_(0));
  return scalar ? nb::object(value.attr("item")()) : nb::borrow(value);
}

/// The names in a list or tuple, joined by commas.
ParameterValue joined_names(std::string_view name, nb::handle value) {
  std::vector<std::string> words;
  for (const nb::handle word : nb::iter(value)) {
    if (PyUnicode_Check(word.ptr()) == 0) refuse(name, value);
    words.push_back(nb::cast<std::string>(word));
  }
  return joined(words, ",");
}

ParameterValue converted(std::string_view name, nb::handle given) {
  const ParameterInfo& row = row_of(name);
  if (row.is_order() && (nb::isinstance<nb::list>(given) || nb::isinstance<nb::tuple>(given))) {
    return joined_names(name, given);
  }
  const nb::object value =
      PyLong_CheckExact(given.ptr()) || PyFloat_CheckExact(given.ptr()) ? nb::borrow(given) : without_array(given);
  if (PyBool_Check(value.ptr())) {
    if (!row.is_toggle()) refuse(name, value);
    return std::string(sorn::name(value.ptr() == Py_True ? Toggle::on : Toggle::off));
  }
  if (PyLong_Check(value.ptr())) return whole_number(name, value);
  if (PyFloat_Check(value.ptr())) return PyFloat_AsDouble(value.ptr());
  if (PyUnicode_Check(value.ptr())) return nb::cast<std::string>(value);
  if (value.is_none()) return std::monostate{};  // only some may be None; set_parameter() checks this
  if (!is_real_number(value)) refuse(name, value);
  const nb::object number =
      nb::steal(PyIndex_Check(value.ptr()) != 0 ? PyNumber_Index(value.ptr()) : PyNumber_Float(value.ptr()));
  if (!number.is_valid()) throw nb::python_error();
  if (PyLong_Check(number.ptr())) return whole_number(name, number);
  return PyFloat_AsDouble(number.ptr());
}

nb::object object_of(const ParameterInfo& row, const ParameterValue& value) {
  if (row.is_toggle()) return nb::bool_(*std::get_if<std::string>(&value) == sorn::name(Toggle::on));
  if (row.is_order()) return nb::tuple(text(*std::get_if<std::string>(&value)).attr("split")(","));
  struct Converter {
    nb::object operator()(std::monostate) const { return nb::none(); }
    nb::object operator()(std::int64_t v) const { return nb::int_(v); }
    nb::object operator()(double v) const { return nb::float_(v); }
    nb::object operator()(const std::string& v) const { return text(v); }
  };
  return std::visit(Converter{}, value);
}

/// A copy with new values for the hyperparameters in `changes`.
Parameters replaced(const Parameters& parameters, const nb::dict& changes) {
  Parameters result = parameters;
  // The variant comes first, since it brings the values of all others.
  if (changes.contains("variant")) {
    const nb::object variant = changes["variant"];
    if (nb::isinstance<Parameters>(variant)) {
      set_variant(result, nb::cast<const Parameters&>(variant));
    } else {
      set_parameter(result, "variant", parameter_value("variant", variant));
    }
  }
  for (const auto& [key, value] : changes) {
    const auto name = nb::cast<std::string>(key);
    if (name == "variant") continue;
    static_cast<void>(get_parameter(result, name));  // an unknown name is reported before an odd value
    set_parameter(result, name, parameter_value(name, value));
  }
  return result;
}

nb::dict as_dict(const Parameters& parameters) {
  nb::dict result;
  for (const ParameterInfo& info : parameter_table()) {
    result[nb::str(info.name.data(), info.name.size())] = object_of(info, get_parameter(parameters, info.name));
  }
  return result;
}

nb::list variants() {
  nb::list rows;
  for (const Variant& variant : variant_table()) {
    nb::dict row;
    row["name"] = text(variant.name());
    row["meaning"] = text(variant.meaning);
    row["publication"] = text(variant.publication);
    row["good_for"] = text(variant.good_for);
    row["differences"] = text(variant.differences);
    row["program"] = text(variant.program);
    rows.append(row);
  }
  return rows;
}

nb::list table() {
  nb::list rows;
  for (const ParameterInfo& info : parameter_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["symbol"] = text(info.symbol);
    row["unit"] = text(info.unit);
    row["range"] = text(info.range);
    row["meaning"] = text(info.meaning);
    row["source"] = text(info.source);
    row["unset"] = text(info.unset);
    row["default"] = object_of(info, get_parameter(Parameters{}, info.name));
    rows.append(row);
  }
  return rows;
}

}  // namespace

ParameterValue parameter_value(std::string_view name, nb::handle given) {
  try {
    return converted(name, given);
  } catch (const nb::python_error& error) {  // a fraction is too large for a float, or another type raised an error
    if (!error.matches(PyExc_Exception)) throw;
  }
  refuse(name, given);
}

void bind_parameters(nb::module_& m) {
  nb::class_<Parameters>(m, "Parameters", "The hyperparameters in the engine. Immutable.")
      .def(nb::init<>())
      .def("replaced", &replaced, nb::arg("changes"),
           nb::sig("def replaced(self, changes: dict[str, typing.Any]) -> Parameters"),
           "A copy with other values for the names in `changes`.")
      .def(
          "validate", [](const Parameters& p) { validate(p); },
          "Raises ParameterError, which lists all invalid values.")
      .def(
          "value",
          [](const Parameters& p, const std::string& name) {
            return object_of(row_of(name), effective_parameter(p, name));
          },
          nb::arg("name"), nb::sig("def value(self, name: str) -> typing.Any"),
          "The value of one hyperparameter; if it is not set, the value computed from the others.")
      .def("as_dict", &as_dict, nb::sig("def as_dict(self) -> dict[str, typing.Any]"),
           "All hyperparameters in the order of the table.")
      .def_ro("ne", &Parameters::ne)
      .def_ro("nu", &Parameters::nu)
      .def_prop_ro(
          "noise_sigma", [](const Parameters& p) { return p.noise_sigma; },
          "Standard deviation or width of the noise if a call gives no other one.")
      .def_prop_ro("target_rate", &Parameters::target_rate, "Mean target of intrinsic plasticity in spikes per step.")
      .def(
          "__eq__", [](const Parameters& a, const Parameters& b) { return a == b; }, nb::arg("other"),
          nb::is_operator(), nb::sig("def __eq__(self, other: object, /) -> bool"));
  m.def(
      "variant_parameters",
      [](const std::string& name) {
        Parameters p;
        set_parameter(p, "variant", name);
        return p;
      },
      nb::arg("name"), "The hyperparameters of a published variant.");
  m.def("variant_table", &variants, nb::sig("def variant_table() -> list[dict[str, str]]"),
        "The published variants: name, meaning, publication, good_for, differences, program.");
  m.def(
      "switch_list",
      [] {
        nb::list names;
        for (const std::string_view name : switch_list()) names.append(text(name));
        return names;
      },
      nb::sig("def switch_list() -> list[str]"), "The hyperparameters that make a variant.");
  m.def(
      "switch_source",
      [](const std::string& variant, const std::string& name) { return text(source_of(variant_named(variant), name)); },
      nb::arg("variant"), nb::arg("name"), nb::sig("def switch_source(variant: str, name: str) -> str"),
      "Where the value of a switch of a published variant comes from.");
  m.def("parameter_table", &table, nb::sig("def parameter_table() -> list[dict[str, typing.Any]]"),
        "The table of hyperparameters: name, symbol, unit, range, meaning, source and default of each; `unset` is the "
        "formula for its value if its default is None.");
  m.def(
      "did_you_mean",
      [](const std::string& text, const std::vector<std::string>& candidates) {
        const std::vector<std::string_view> views(candidates.begin(), candidates.end());
        return did_you_mean(text, views);
      },
      nb::arg("text"), nb::arg("candidates"),
      "The suggestion for an unknown name: the candidate most similar to `text`, if one is similar enough.");
}

}  // namespace sorn::python
