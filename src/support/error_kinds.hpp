// The kinds of errors, with the exit code and the Python type of each. A new kind is a class in <sorn/error.hpp> and a
// row here.
#pragma once

#include <sorn/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// The exit codes of the command for these errors.
inline constexpr int exit_bad_input = 3;
inline constexpr int exit_file_trouble = 4;

struct ErrorKind {
  std::string_view name;  ///< name of the class, in C++ and in Python
  int exit_code;
  bool about_a_value;  ///< whether a value of the caller is wrong; otherwise a file or the machine is
  bool (*holds)(const Error& error);
  void (*raise)(std::string subject, std::string rule, std::string suggestion);
};

/// All kinds. A kind that derives from another one comes before it.
std::span<const ErrorKind> error_kinds() noexcept;

/// The first kind in the table that an error belongs to.
const ErrorKind& kind_of(const Error& error) noexcept;

}  // namespace sorn
