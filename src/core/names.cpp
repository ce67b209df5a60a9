#include "core/names.hpp"

#include "core/printable.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <numeric>
#include <vector>

namespace sorn {

namespace {

char lower(char c) noexcept { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Levenshtein's distance, one row of the table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (lower(a[i]) == lower(b[j]) ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates) {
  return *std::min_element(candidates.begin(), candidates.end(), [&](std::string_view a, std::string_view b) {
    return edit_distance(text, a) < edit_distance(text, b);
  });
}

void throw_unknown_name(std::string_view kind, std::string_view text, std::span<const std::string_view> candidates) {
  // An absurdly long name is quoted by its beginning; comparing it would take long and help nobody.
  constexpr std::size_t longest = 80;
  const std::string quoted = printable(text.substr(0, longest)) + (text.size() <= longest ? "" : "…");
  throw UnknownNameError(fmt::format("unknown {} '{}'", kind, quoted),
                         fmt::format("must be one of {}", fmt::join(candidates, ", ")),
                         fmt::format("did you mean '{}'?", nearest_name(text.substr(0, longest), candidates)));
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char p, char q) { return lower(p) == lower(q); });
}

}  // namespace sorn
