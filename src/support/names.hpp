// Names that users type: the search for a name, and for the nearest valid name after a typing error.
#pragma once

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// The candidate that was probably meant by `text`, ignoring case. Considered are candidates of which at most two
/// letters in five would have to change, and candidates that contain the letters of `text` in order, or the reverse.
/// The nearest one is returned; empty if there is none.
std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates);

/// The suggestion for an error about an unknown name: "did you mean '<nearest>'?", or empty if none is near.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates);

/// Throws UnknownNameError: "unknown <kind> 'text'", with all valid names and the nearest one, if one is near.
[[noreturn]] void throw_unknown_name(std::string_view kind, std::string_view text,
                                     std::span<const std::string_view> candidates);

/// Whether an error is that of an unknown name of this kind.
bool is_unknown_name(const Error& error, std::string_view kind);

/// The enumerator with this name. Its value is the index of its name.
template <class Enum, std::size_t N>
Enum enumerator_named(std::string_view kind, std::string_view text, const std::array<std::string_view, N>& names) {
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) throw_unknown_name(kind, text, names);
  return static_cast<Enum>(found - names.begin());
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace sorn
