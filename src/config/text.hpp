// Numbers and lists as users write and read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::config {

/// 1234567 → "1,234,567"
std::string grouped(std::uint64_t number);

/// 3725 s → "1 h 2 min"; two units at most.
std::string duration(double seconds);

/// The parts between commas, without blanks around them. An empty text has no parts.
std::vector<std::string_view> split(std::string_view text);

/// True if all of the text is a whole number, then in `number`.
bool parse_whole(std::string_view text, std::int64_t& number);
bool parse_whole(std::string_view text, std::uint64_t& number);

/// True if all of the text is a number (or nan, inf), then in `number`.
bool parse_real(std::string_view text, double& number);

}  // namespace sorn::config
