#include "core/escaped.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace sorn {

namespace {

/// The first code point that needs as many bytes; below it the same character has a shorter form, which is not UTF-8.
constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};

/// A character of `size` bytes whose first bits are those of the length.
std::uint32_t code_point(std::string_view text, std::size_t size) noexcept {
  if (size == 1) return static_cast<unsigned char>(text[0]);
  std::uint32_t code = static_cast<unsigned char>(text[0]) & (0x7FU >> size);
  for (std::size_t k = 1; k < size; ++k) code = code << 6U | (static_cast<unsigned char>(text[k]) & 0x3FU);
  return code;
}

}  // namespace

std::size_t utf8_character(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((static_cast<unsigned char>(text[k]) & 0xC0U) != 0x80U) return 0;
  }
  const std::uint32_t code = code_point(text, size);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < least[size] || surrogate || code > 0x10FFFF ? 0 : size;
}

bool is_control(std::string_view character) noexcept {
  const std::uint32_t code = code_point(character, character.size());
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return true;
  // Marks of direction, which can make a text look like another one, and the two separators of lines.
  return code == 0x061C || (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string escaped(std::string_view text, std::size_t most) {
  constexpr std::string_view ellipsis = "…";
  std::string result;
  std::size_t end_of_beginning = 0;  // as much as leaves room for the ellipsis
  while (!text.empty()) {
    const std::size_t size = utf8_character(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (size > 0 && !is_control(character)) {
      result += character;
    } else {
      for (const char byte : character) result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    text.remove_prefix(character.size());
    if (most == std::string::npos) continue;
    if (result.size() > most) return result.substr(0, end_of_beginning).append(ellipsis);
    if (result.size() + ellipsis.size() <= most) end_of_beginning = result.size();
  }
  return result;
}

}  // namespace sorn
