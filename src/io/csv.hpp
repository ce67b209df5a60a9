// Inputs as text: a row a step.
//
// What is read is what programs write that are in use: rows of numbers, or of True and False, which one kind of
// separator parts: semicolons, tabs, commas or blanks. Before the first row may stand a heading, and anywhere lines
// that begin with "#". A heading is a row of names; where it is one of numbers, as pandas writes 0, 1, 2 … for columns
// without names, the rows below tell whether it is: all of a column of real numbers is written with a point by such
// programs, and 0, 1, 2 … is not. Where they do not tell, and wherever a row or a number would have to be guessed, the
// line is refused.
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Reads a table in pieces. Errors name the line.
/// @throws FormatError, StateError for a number that is not finite, and IoError if the values cannot fit into this
/// machine's memory
InputArray read_csv(const Source& source);

/// The same of a whole text.
InputArray parse_csv(std::string_view text);

}  // namespace sorn::io
