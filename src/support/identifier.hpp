// Names that users give: of signals and of their own rules.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sorn {

inline constexpr std::size_t longest_identifier = 63;
inline constexpr std::string_view identifier_in_words =
    "a lower-case letter, then lower-case letters, digits and underscores, at most 63";
static_assert(longest_identifier == 63, "identifier_in_words names the length");

inline bool is_identifier(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  if (name.empty() || name.size() > longest_identifier || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace sorn
