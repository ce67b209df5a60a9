// Texts from outside, such as names of files and what is in them, as a terminal may show them.
#pragma once

#include <cstddef>
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

/// printable(), but at most `most` bytes: of a longer text the beginning, with "…" behind it.
std::string printable_beginning(std::string_view text, std::size_t most);

/// Bytes of the character that a text of one byte or more begins with. A byte that begins no character is one of its
/// own.
std::size_t first_character_bytes(std::string_view text) noexcept;

}  // namespace sorn
