// Names that users type: finding them, and the nearest valid one when they mistype.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// The candidate with the smallest edit distance to `text`, ignoring case; the first of equals.
std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates);

/// Throws UnknownNameError: "unknown <kind> 'text'", with all valid names and the nearest one.
[[noreturn]] void throw_unknown_name(std::string_view kind, std::string_view text,
                                     std::span<const std::string_view> candidates);

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace sorn
