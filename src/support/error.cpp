#include <sorn/error.hpp>

#include "support/printable.hpp"

namespace sorn {

namespace {

/// What is wrong is often quoted: a name or a text from outside, which must not steer the terminal that shows it.
std::string shown(const std::string& text) { return printable(text, LineEnds::kept); }

std::string message(const std::string& subject, const std::string& rule, const std::string& suggestion) {
  std::string text = shown(subject);
  if (!rule.empty()) text += ": " + shown(rule);
  if (!suggestion.empty()) text += "; " + shown(suggestion);
  return text;
}

}  // namespace

// By value: those who throw move their texts here.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Error::Error(std::string subject, std::string rule, std::string suggestion)
    : std::runtime_error(message(subject, rule, suggestion)),
      subject_(shown(subject)),
      rule_(shown(rule)),
      suggestion_(shown(suggestion)) {}

}  // namespace sorn
