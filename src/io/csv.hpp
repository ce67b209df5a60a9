// Inputs as text, one row for each step.
//
// The reader accepts what common programs write: rows of numbers, or of True and False, with one kind of separator:
// semicolons, tabs, commas or blanks. A heading may come before the first row. Lines that begin with "#" are ignored.
// A heading is a row of names. It may also be a row of numbers: pandas writes 0, 1, 2 … for columns without names.
// Then the rows below decide. Such programs write every number of a column of real numbers with a point, but the names
// 0, 1, 2 … without. If the rows do not decide, or if a row or a number is ambiguous, the line is refused.
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Reads a table in pieces. Errors name the line.
/// @throws FormatError, StateError for a number that is not finite, and IoError if the values cannot fit into this
/// machine's memory
InputArray read_csv(const Source& source);

/// The same for a whole text.
InputArray parse_csv(std::string_view text);

}  // namespace sorn::io
