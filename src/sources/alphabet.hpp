// Symbols are characters of UTF-8 texts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sorn::sources {

/// The character in words and texts that shows nothing.
inline constexpr char32_t blank = U'_';

/// The largest number of letters().
inline constexpr std::size_t most_letters = 20000;

/// The characters of a text. @throws ParameterError, beginning with `name`, if it is not UTF-8
std::u32string characters(std::string_view name, std::string_view text);

/// A character as UTF-8.
std::string utf8(char32_t character);

/// The first `count` ≤ most_letters letters of A, …, Z, a, …, z and then the Chinese characters from U+4E00 on, which
/// are in ascending order.
std::u32string letters(std::size_t count);

}  // namespace sorn::sources
