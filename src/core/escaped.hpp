// Text of others, made safe for a terminal and for a file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sorn {

/// Bytes of the UTF-8 character that a text begins with; 0 if it begins with none.
std::size_t utf8_character(std::string_view text) noexcept;

/// Whether a character of UTF-8 controls a terminal or the direction of writing instead of being shown.
bool is_control(std::string_view character) noexcept;

/// The text as valid UTF-8 without control characters: their bytes, and bytes that are no UTF-8, become \xNN. What has
/// none of them stays as it is.
/// @param most  bytes at most; of a longer text the beginning is left, with "…" behind it
std::string escaped(std::string_view text, std::size_t most = std::string::npos);

}  // namespace sorn
