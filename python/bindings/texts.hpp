// How texts and paths come from Python and go there. It stands in for nanobind/stl/string.h and string_view.h, whose
// texts must be UTF-8: a str of Python may hold half of a surrogate pair, by which it writes the bytes of names that
// are not UTF-8. A text that holds some is written with escapes ("\udcff"), so that it reaches the code that can say
// what is wrong with it. There is no caster for std::string_view: such a text would not live long enough.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sorn::python {

/// A str of bytes from outside, such as a name or a text in a file: what is not UTF-8, and what could steer a terminal,
/// becomes an escape.
nanobind::object text(std::string_view s);

/// A path as Python has it: os.fsencode() gives the bytes again.
nanobind::object path_text(const std::filesystem::path& path);

}  // namespace sorn::python

NAMESPACE_BEGIN(NB_NAMESPACE)
NAMESPACE_BEGIN(detail)

template <>
struct type_caster<std::string> {
  NB_TYPE_CASTER(std::string, const_name("str"))

  bool from_python(handle source, std::uint32_t /*flags*/, cleanup_list* /*cleanup*/) noexcept {
    if (!PyUnicode_Check(source.ptr())) return false;
    const object bytes = steal(PyUnicode_AsEncodedString(source.ptr(), "utf-8", "backslashreplace"));
    if (!bytes.is_valid()) {
      PyErr_Clear();
      return false;
    }
    value.assign(PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr())));
    return true;
  }

  static handle from_cpp(const std::string& text, rv_policy /*policy*/, cleanup_list* /*cleanup*/) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace");
  }
};

NAMESPACE_END(detail)
NAMESPACE_END(NB_NAMESPACE)
