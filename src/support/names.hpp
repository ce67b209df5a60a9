// Names that users type: finding them, and the nearest valid one when they mistype.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sorn {

/// The candidate that `text` was probably meant to be, ignoring case: the nearest of those of which two letters in five
/// at most would have to change, or whose letters it has in their order (or they its). Empty if there is none.
std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates);

/// The suggestion of an error about an unknown name: "did you mean '<nearest>'?", or nothing if none is near.
std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates);

/// Throws UnknownNameError: "unknown <kind> 'text'", with all valid names and the nearest one, if one is near.
[[noreturn]] void throw_unknown_name(std::string_view kind, std::string_view text,
                                     std::span<const std::string_view> candidates);

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace sorn
