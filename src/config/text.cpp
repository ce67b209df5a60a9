#include "config/text.hpp"

#include <charconv>
#include <cmath>

#include "support/format.hpp"

namespace sorn::config {

namespace {

template <class T>
bool parse_all(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = formatted("{}", number);
  for (std::size_t place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, 1, ',');
  }
  return text;
}

std::string duration(double seconds) {
  constexpr double minute = 60;
  constexpr double hour = 60 * minute;
  constexpr double day = 24 * hour;
  if (seconds < 10) return formatted("{:.2g} s", seconds);
  const auto rounded = std::floor(seconds + 0.5);
  if (rounded < minute) return formatted("{:.0f} s", rounded);
  const auto two = [&](double big, const char* big_name, double small, const char* small_name) {
    return formatted("{:.0f} {} {:.0f} {}", std::floor(rounded / big), big_name,
                     std::floor(std::fmod(rounded, big) / small), small_name);
  };
  if (rounded < hour) return two(minute, "min", 1, "s");
  if (rounded < day) return two(hour, "h", minute, "min");
  return two(day, "d", hour, "h");
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  const auto trimmed = [](std::string_view part) {
    const std::size_t first = part.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::string_view{};
    return part.substr(first, part.find_last_not_of(' ') - first + 1);
  };
  if (trimmed(text).empty()) return parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.push_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

bool parse_whole(std::string_view text, std::int64_t& number) { return parse_all(text, number); }
bool parse_whole(std::string_view text, std::uint64_t& number) { return parse_all(text, number); }
bool parse_real(std::string_view text, double& number) { return parse_all(text, number); }

}  // namespace sorn::config
