#include "io/csv.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sorn::io {

namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Cuts the first field off a trimmed row: up to a comma, or up to blanks without a comma.
std::string_view next_field(std::string_view& row, bool& more) {
  const std::size_t end = std::min(row.find_first_of(", \t"), row.size());
  const std::string_view field = row.substr(0, end);
  row = trimmed(row.substr(end));
  more = !row.empty();
  if (more && row.front() == ',') row = trimmed(row.substr(1));
  return field;
}

enum class Parsed : std::uint8_t { number, out_of_range, text };

Parsed parse_number(std::string_view field, double& value) {
  if (field.size() > 1 && field.front() == '+' && field[1] != '-') field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || error == std::errc::invalid_argument) return Parsed::text;
  return error == std::errc{} ? Parsed::number : Parsed::out_of_range;
}

/// True if there is something in the row, and nothing of it is a number or begins like one: a mistyped number is a
/// mistake to report, not a heading to pass over.
bool is_heading(std::string_view row) {
  bool more = !row.empty();
  while (more) {
    const std::string_view field = next_field(row, more);
    double value = 0.0;
    const bool like_a_number = field.find_first_of("+-.0123456789") == 0;
    if (like_a_number || parse_number(field, value) != Parsed::text) return false;
  }
  return true;
}

[[noreturn]] void refuse(std::size_t line, std::string subject, std::string rule, std::string suggestion = {}) {
  throw FormatError(fmt::format("line {}: {}", line, subject), std::move(rule), std::move(suggestion));
}

std::size_t append_row(std::string_view row, std::size_t line, std::vector<double>& values) {
  std::size_t fields = 0;
  bool more = true;
  while (more) {
    const std::string_view field = next_field(row, more);
    ++fields;
    if (field.empty()) refuse(line, fmt::format("field {} is empty", fields), "must be a number");
    double value = 0.0;
    const std::string quoted = fmt::format("'{}'", field.substr(0, 40));
    switch (parse_number(field, value)) {
      case Parsed::text:
        refuse(line, quoted, "must be a number", "numbers are separated by commas and have a decimal point");
      case Parsed::out_of_range: refuse(line, quoted, "is out of the range of a 64-bit number");
      case Parsed::number: break;
    }
    if (!std::isfinite(value)) throw StateError(fmt::format("line {}: {}", line, quoted), "must be a finite number");
    values.push_back(value);
  }
  return fields;
}

}  // namespace

InputArray parse_csv(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  InputArray inputs;
  inputs.step_major = true;
  std::size_t line = 0;
  std::size_t empty_line = 0;  // the first of those since the last row; at the end they are harmless
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
    if (row.empty()) {
      if (empty_line == 0) empty_line = line;
      continue;
    }
    if (empty_line != 0) refuse(empty_line, "the line is empty", "every step needs a row");
    if (line == 1 && is_heading(row)) continue;
    const std::size_t fields = append_row(row, line, inputs.values);
    if (inputs.steps == 0) inputs.features = fields;
    if (fields != inputs.features) {
      refuse(line, fmt::format("{} numbers", fields),
             fmt::format("must have {}, as the first row has: one for each input unit", inputs.features));
    }
    ++inputs.steps;
  }
  if (inputs.steps == 0) throw FormatError("the file has no numbers", "must have one row for each step");
  return inputs;
}

}  // namespace sorn::io
