#include "support/printable.hpp"

#include <cstddef>
#include <iterator>

#include "support/format.hpp"

namespace sorn {

namespace {

/// A character of a UTF-8 text: its bytes and its code point. A byte that cannot begin a character is a character
/// without a code point.
struct Character {
  std::size_t length = 1;
  char32_t number = 0;
  bool valid = false;
};

Character first_character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80U) return {1, lead, true};
  const std::size_t length = lead >= 0xF0U ? 4 : (lead >= 0xE0U ? 3 : 2);
  if (lead < 0xC2U || lead > 0xF4U || text.size() < length) return {};
  char32_t number = lead & (0x7FU >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0U) != 0x80U) return {};
    number = (number << 6U) | (byte(k) & 0x3FU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = number >= 0xD800 && number <= 0xDFFF;
  if (number < least[length] || number > 0x10FFFF || surrogate) return {};
  return {length, number, true};
}

bool in_range(char32_t number, char32_t first, char32_t last) noexcept { return number >= first && number <= last; }

/// Control characters of terminals (C0, DEL, C1), line separators, and marks that change the direction of writing.
bool is_control(char32_t number) noexcept {
  return number < 0x20 || in_range(number, 0x7F, 0x9F) || in_range(number, 0x2028, 0x202E) ||
         in_range(number, 0x2066, 0x2069) || number == 0x061C || in_range(number, 0x200E, 0x200F);
}

void append_printable(std::string& result, std::string_view text, const Character& c, LineEnds line_ends) {
  const bool kept = c.valid && (!is_control(c.number) || (c.number == '\n' && line_ends == LineEnds::kept));
  if (kept) {
    result += text.substr(0, c.length);
  } else if (!c.valid) {
    result += formatted("\\x{:02x}", static_cast<unsigned char>(text[0]));
  } else if (c.number < 0x100) {
    result += formatted("\\x{:02x}", static_cast<std::uint32_t>(c.number));
  } else {
    result += formatted("\\u{:04x}", static_cast<std::uint32_t>(c.number));
  }
}

}  // namespace

std::string printable(std::string_view text, LineEnds line_ends) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    append_printable(result, text, c, line_ends);
    text.remove_prefix(c.length);
  }
  return result;
}

std::string printable_beginning(std::string_view text, std::size_t most) {
  constexpr std::string_view ellipsis = "…";
  std::string result;
  std::size_t end_of_beginning = 0;  // leaves room for the ellipsis
  while (!text.empty()) {
    const Character c = first_character(text);
    append_printable(result, text, c, LineEnds::escaped);
    text.remove_prefix(c.length);
    if (result.size() > most) return result.substr(0, end_of_beginning).append(ellipsis);
    if (result.size() + ellipsis.size() <= most) end_of_beginning = result.size();
  }
  return result;
}

std::size_t first_character_bytes(std::string_view text) noexcept { return first_character(text).length; }

}  // namespace sorn
