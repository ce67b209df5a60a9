// The kinds of errors, each with what becomes of it where it leaves the library. A new kind is a class in
// <sorn/error.hpp> and a row here.
#pragma once

#include <sorn/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// What the command ends with if an error of ours stops it.
inline constexpr int exit_bad_input = 3;
inline constexpr int exit_file_trouble = 4;

struct ErrorKind {
  std::string_view name;  ///< of the class, here and in Python
  int exit_code;
  bool about_a_value;  ///< that the caller gave; else the fault lies in a file or in the machine
  bool (*holds)(const Error& error);
  void (*raise)(std::string subject, std::string rule, std::string suggestion);
};

/// All kinds; one that is a special case of another comes before it.
std::span<const ErrorKind> error_kinds() noexcept;

/// The first kind that holds for an error.
const ErrorKind& kind_of(const Error& error) noexcept;

}  // namespace sorn
