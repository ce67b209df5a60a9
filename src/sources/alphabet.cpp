#include "sources/alphabet.hpp"

#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <array>
#include <cstdint>

namespace sorn::sources {

namespace {

constexpr std::size_t latin = 26;

/// The length of a character by its first byte; 0 if no character begins so.
std::size_t length_of(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

/// The character that a text begins with; its length is 0 if it is not UTF-8.
struct First {
  char32_t character = 0;
  std::size_t length = 0;
};

First first_of(std::string_view text) noexcept {
  constexpr std::array<char32_t, 5> lowest{0, 0, 0x80, 0x800, 0x10000};
  constexpr std::array<unsigned, 5> mask{0, 0x7F, 0x1F, 0x0F, 0x07};
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = length_of(first);
  if (length == 0 || length > text.size()) return {};
  char32_t character = first & mask[length];
  for (std::size_t k = 1; k < length; ++k) {
    const auto byte = static_cast<unsigned char>(text[k]);
    if ((byte & 0xC0U) != 0x80U) return {};
    character = (character << 6U) | (byte & 0x3FU);
  }
  const bool surrogate = character >= 0xD800 && character < 0xE000;
  if (character < lowest[length] || character > 0x10FFFF || surrogate) return {};
  return {character, length};
}

}  // namespace

std::u32string characters(std::string_view name, std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const First first = first_of(text.substr(at));
    if (first.length == 0) {
      throw ParameterError(formatted("{} = '{}'", name, printable_beginning(text, 80)), "must be UTF-8",
                           formatted("byte {} does not begin a character", at));
    }
    result += first.character;
    at += first.length;
  }
  return result;
}

std::string utf8(char32_t character) {
  const auto code = static_cast<std::uint32_t>(character);
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  const auto further = [&](unsigned shift) { return byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80U) return {byte(code)};
  if (code < 0x800U) return {byte(0xC0U | (code >> 6U)), further(0)};
  if (code < 0x10000U) return {byte(0xE0U | (code >> 12U)), further(6), further(0)};
  return {byte(0xF0U | (code >> 18U)), further(12), further(6), further(0)};
}

std::u32string letters(std::size_t count) {
  std::u32string result;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t code = k < latin ? U'A' + k : k < 2 * latin ? U'a' + (k - latin) : 0x4E00 + (k - 2 * latin);
    result += static_cast<char32_t>(code);
  }
  return result;
}

}  // namespace sorn::sources
