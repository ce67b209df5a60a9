// C++ errors become the Python exceptions of the same names in sorn/_errors.py.
#include "bindings.hpp"

#include "core/own_rule.hpp"
#include "support/error_kinds.hpp"
#include "support/names.hpp"
#include "support/printable.hpp"

namespace sorn::python {

namespace {

/// The suggestion in an error, with the arguments of Python.
std::string suggestion_of(const Error& error) {
  if (!is_unknown_name(error, stage_of_order)) return error.suggestion();
  return error.suggestion() + (error.suggestion().empty() ? "" : " ") +
         "@sorn.rule makes a rule of your own, and rules= gives it to a network";
}

void raise(const Error& error) {
  const std::string_view name = kind_of(error).name;
  const nb::object type = nb::module_::import_("sorn._errors").attr(nb::str(name.data(), name.size()));
  // The texts of an error are already printable. They may have several lines.
  const nb::object exception = type(error.subject(), error.rule(), suggestion_of(error));
  PyErr_SetObject(type.ptr(), exception.ptr());
}

}  // namespace

nb::object text(std::string_view s) { return nb::cast(printable(s)); }

nb::object path_text(const std::filesystem::path& path) {
  const std::string& native = path.native();
  return nb::steal(PyUnicode_DecodeFSDefaultAndSize(native.data(), static_cast<Py_ssize_t>(native.size())));
}

void bind_errors() {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void* /*payload*/) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace sorn::python
