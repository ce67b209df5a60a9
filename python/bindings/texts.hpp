// Converts texts and paths between Python and C++. It replaces nanobind/stl/string.h and string_view.h, whose texts
// must be UTF-8. A str of Python may hold lone surrogates, which stand for bytes of names that are not UTF-8. Such a
// text is converted with escapes ("\udcff"), so that the code that checks it can report the error. There is no caster
// for std::string_view, because its text would not live long enough.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sorn::python {

/// A str from bytes of any origin, such as a name or a text in a file. Bytes that are not UTF-8, and characters that
/// could control a terminal, become escapes.
nanobind::object text(std::string_view s);

/// A path as a str of Python, from which os.fsencode() makes the same bytes.
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
    value.assign(PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr())));
    return true;
  }

  static handle from_cpp(const std::string& text, rv_policy /*policy*/, cleanup_list* /*cleanup*/) noexcept {
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace");
  }
};

NAMESPACE_END(detail)
NAMESPACE_END(NB_NAMESPACE)
