// Texts from outside, such as names of files and what is in them, as a terminal may show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sorn {

/// What becomes of the ends of lines in a text.
enum class LineEnds : std::uint8_t {
  escaped,  ///< the text is a part of one line
  kept,     ///< the text is a message, which may have several lines
};

/// The text with what could steer a terminal, or hide what it shows, written as an escape: control characters as
/// "\x1b", marks that change the direction of writing as "\u202e", and bytes that are not UTF-8 as "\xff". Every other
/// text comes back as it is.
std::string printable(std::string_view text, LineEnds line_ends = LineEnds::escaped);

}  // namespace sorn
