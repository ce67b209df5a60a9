// Makes texts of any origin, such as names and contents of files, safe for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sorn {

/// How to write line ends in a text.
enum class LineEnds : std::uint8_t {
  escaped,  ///< the text is a part of one line
  kept,     ///< the text is a message, which may have several lines
};

/// The text, with everything that could control a terminal or hide text written as an escape: control characters as
/// "\x1b", marks that change the direction of writing as "\u202e", and bytes that are not UTF-8 as "\xff". Other texts
/// are returned unchanged.
std::string printable(std::string_view text, LineEnds line_ends = LineEnds::escaped);

/// As printable(), but with at most `most` bytes: a longer text is cut and ends in "…".
std::string printable_beginning(std::string_view text, std::size_t most);

/// The number of bytes of the first character of a text, which must not be empty. A byte that cannot begin a character
/// counts as one character.
std::size_t first_character_bytes(std::string_view text) noexcept;

}  // namespace sorn
