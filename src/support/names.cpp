#include "support/names.hpp"

#include "support/format.hpp"
#include "support/printable.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace sorn {

namespace {

char lower(char c) noexcept { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Only the beginning of an extremely long name is quoted. Comparing it would take long without any use.
constexpr std::size_t longest_compared = 80;

/// The number of letters that differ, are missing, are superfluous, or are swapped with their neighbour (Damerau and
/// Levenshtein; each letter is changed at most once). Only three rows of the table are kept.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j - 1] + (same ? 0U : 1U), above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

/// Whether `whole` contains all letters of `part` in order. Parts of two letters are not accepted.
bool is_abbreviation(std::string_view part, std::string_view whole) {
  if (part.size() < 3) return false;
  std::size_t found = 0;
  for (const char c : whole) {
    if (found < part.size() && lower(c) == lower(part[found])) ++found;
  }
  return found == part.size();
}

/// Whether `part` is a word of `whole` between underscores, such as cv of isi_cv.
bool is_word(std::string_view part, std::string_view whole) {
  for (;;) {
    const std::size_t end = whole.find('_');
    if (equal_ignoring_case(part, whole.substr(0, end))) return true;
    if (end == std::string_view::npos) return false;
    whole.remove_prefix(end + 1);
  }
}

bool is_near(std::string_view text, std::string_view candidate, std::size_t distance) {
  const std::size_t length = std::max(text.size(), candidate.size());
  return 5 * distance <= 2 * length || (distance == 1 && length == 2) || is_abbreviation(text, candidate) ||
         is_abbreviation(candidate, text) || (text.size() >= 2 && is_word(text, candidate));
}

}  // namespace

std::string_view nearest_name(std::string_view text, std::span<const std::string_view> candidates) {
  text = text.substr(0, longest_compared);
  std::string_view nearest;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance >= least || !is_near(text, candidate, distance)) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

std::string did_you_mean(std::string_view text, std::span<const std::string_view> candidates) {
  const std::string_view nearest = nearest_name(text, candidates);
  return nearest.empty() ? std::string{} : formatted("did you mean '{}'?", nearest);
}

void throw_unknown_name(std::string_view kind, std::string_view text, std::span<const std::string_view> candidates) {
  // An absurdly long name is quoted by its beginning.
  const std::string quoted = printable(text.substr(0, longest_compared)) + (text.size() <= longest_compared ? "" : "…");
  throw UnknownNameError(formatted("unknown {} '{}'", kind, quoted),
                         formatted("must be one of {}", joined(candidates, ", ")), did_you_mean(text, candidates));
}

bool is_unknown_name(const Error& error, std::string_view kind) {
  return error.subject().find(formatted("unknown {} '", kind)) != std::string::npos;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char p, char q) { return lower(p) == lower(q); });
}

}  // namespace sorn
