#pragma once
// Texts with values. fmt is used in one source file only, so that the others compile several times faster.

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace sorn {

/// The text of a format and its values.
[[nodiscard]] std::string formatted_values(fmt::string_view format, fmt::format_args values);

/// The text of `format`, in which `values` replace the {}. The compiler checks that they fit.
template <class... Values>
[[nodiscard]] std::string formatted(fmt::format_string<Values...> format, Values&&... values) {
  return formatted_values(format, fmt::make_format_args(values...));
}

/// The values with `separator` between them.
template <class Values>
[[nodiscard]] std::string joined(const Values& values, std::string_view separator) {
  std::string result;
  bool first = true;
  for (const auto& value : values) {
    if (!first) {
      result += separator;
    }
    first = false;
    result += formatted("{}", value);
  }
  return result;
}

/// The values as in a sentence: "E, I or R" if `conjunction` is "or".
template <class Values>
[[nodiscard]] std::string listed(const Values& values, std::string_view conjunction) {
  std::string result;
  std::size_t left = values.size();
  for (const auto& value : values) {
    result += formatted("{}", value);
    if (--left > 0) result += left == 1 ? formatted(" {} ", conjunction) : ", ";
  }
  return result;
}

}  // namespace sorn
