#include <sorn/error.hpp>

#include <utility>

namespace sorn {

namespace {

std::string message(const std::string& subject, const std::string& rule, const std::string& suggestion) {
  std::string text = subject;
  if (!rule.empty()) text += ": " + rule;
  if (!suggestion.empty()) text += "; " + suggestion;
  return text;
}

}  // namespace

Error::Error(std::string subject, std::string rule, std::string suggestion)
    : std::runtime_error(message(subject, rule, suggestion)),
      subject_(std::move(subject)),
      rule_(std::move(rule)),
      suggestion_(std::move(suggestion)) {}

}  // namespace sorn
