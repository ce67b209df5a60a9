#include <sorn/error.hpp>

#include "support/printable.hpp"

namespace sorn {

namespace {

/// Messages often quote names or texts of users, which must not control the terminal that shows them.
std::string shown(const std::string& text) { return printable(text, LineEnds::kept); }

std::string message(const std::string& subject, const std::string& rule, const std::string& suggestion) {
  std::string text = shown(subject);
  if (!rule.empty()) text += ": " + shown(rule);
  if (!suggestion.empty()) text += "; " + shown(suggestion);
  return text;
}

}  // namespace

// By value, because callers move their texts.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Error::Error(std::string subject, std::string rule, std::string suggestion)
    : std::runtime_error(message(subject, rule, suggestion)),
      subject_(shown(subject)),
      rule_(shown(rule)),
      suggestion_(shown(suggestion)) {}

}  // namespace sorn
