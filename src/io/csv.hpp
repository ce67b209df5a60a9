// Inputs as text: a row a step.
#pragma once

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Parses rows of numbers that commas or blanks separate. A first row in which nothing is a number is a heading.
/// Errors name the line. @throws FormatError
InputArray parse_csv(std::string_view text);

}  // namespace sorn::io
