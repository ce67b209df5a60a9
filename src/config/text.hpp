// Numbers and lists in texts for users and from users.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::config {

/// 1234567 → "1,234,567"
std::string grouped(std::uint64_t number);

/// 3725 s → "1 h 2 min", with at most two units.
std::string duration(double seconds);

/// The parts of a text between commas, without surrounding blanks. An empty text has no parts.
std::vector<std::string_view> split(std::string_view text);

/// Reads a whole number into `number`. Returns false if the text is anything else.
bool parse_whole(std::string_view text, std::int64_t& number);
bool parse_whole(std::string_view text, std::uint64_t& number);

/// Reads a number (or nan, inf) into `number`. Returns false if the text is anything else.
bool parse_real(std::string_view text, double& number);

}  // namespace sorn::config
