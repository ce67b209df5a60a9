#include "sources/tree.hpp"

#include "sources/alphabet.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

namespace sorn::sources {

namespace {

constexpr std::size_t deepest = 32;  // of values within values

void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += formatted("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

struct Writer {
  std::string& out;

  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  void operator()(std::int64_t number) const { out += formatted("{}", number); }
  void operator()(double number) const { out += formatted("{}", number); }
  void operator()(const std::string& text) const { write_text(out, text); }
  void operator()(const Values& values) const {
    out += '[';
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (k > 0) out += ", ";
      std::visit(*this, values[k].value);
    }
    out += ']';
  }
  void operator()(const Table& table) const {
    out += '{';
    for (std::size_t k = 0; k < table.size(); ++k) {
      if (k > 0) out += ", ";
      write_text(out, table[k].key);
      out += ": ";
      std::visit(*this, table[k].value.value);
    }
    out += '}';
  }
};

/// Reads JSON (RFC 8259).
class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  Value whole() {
    Value result = value(0);
    skip_space();
    if (at_ != text_.size()) refuse("must end here");
    return result;
  }

private:
  Value value(std::size_t depth) {
    if (depth > deepest) refuse(formatted("must not have more than {} values within values", deepest));
    skip_space();
    if (at_ == text_.size()) refuse("must go on");
    switch (text_[at_]) {
      case '{': return {table(depth)};
      case '[': return {list(depth)};
      case '"': return {quoted()};
      case 't': return word("true", true);
      case 'f': return word("false", false);
      default: return number();
    }
  }

  Table table(std::size_t depth) {
    Table result;
    ++at_;
    if (takes('}')) return result;
    do {
      skip_space();
      if (at_ == text_.size() || text_[at_] != '"') refuse("must have a key in double quotes here");
      std::string key = quoted();
      if (!takes(':')) refuse("must have a colon here");
      result.push_back({std::move(key), value(depth + 1)});
    } while (takes(','));
    if (!takes('}')) refuse("must have a comma or } here");
    return result;
  }

  Values list(std::size_t depth) {
    Values result;
    ++at_;
    if (takes(']')) return result;
    do {
      result.push_back(value(depth + 1));
    } while (takes(','));
    if (!takes(']')) refuse("must have a comma or ] here");
    return result;
  }

  Value word(std::string_view expected, bool truth) {
    if (text_.substr(at_, expected.size()) != expected) refuse("must have a value here");
    at_ += expected.size();
    return {truth};
  }

  Value number() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos) ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    const char* const end = digits.data() + digits.size();
    std::int64_t whole = 0;
    auto read = std::from_chars(digits.data(), end, whole);
    if (read.ec == std::errc{} && read.ptr == end) return {whole};
    double real = 0.0;
    read = std::from_chars(digits.data(), end, real);
    if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(real)) {
      at_ = begin;
      refuse("must have a value here");
    }
    return {real};
  }

  std::string quoted() {
    std::string result;
    ++at_;
    while (true) {
      if (at_ == text_.size()) refuse("must end the text in double quotes");
      const char c = text_[at_++];
      if (c == '"') return result;
      if (static_cast<unsigned char>(c) < 0x20) refuse("must write control characters as \\u0000");
      if (c != '\\') {
        result += c;
      } else {
        result += escaped();
      }
    }
  }

  /// The characters behind a backslash.
  std::string escaped() {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) refuse("must go on");
    const char c = text_[at_++];
    if (const std::size_t k = names.find(c); k != std::string_view::npos) return {meanings[k]};
    if (c != 'u') refuse("must have a valid escape here");
    char32_t code = hexadecimal();
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const char32_t low = hexadecimal();
      if (low < 0xDC00 || low > 0xDFFF) refuse("must have the second half of a character here");
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000) refuse("must not have half of a character here");
    return utf8(code);
  }

  char32_t hexadecimal() {
    std::uint32_t code = 0;
    const std::string_view digits = text_.substr(at_, 4);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || read.ec != std::errc{} || read.ptr != digits.data() + 4) {
      refuse("must have four hexadecimal digits here");
    }
    at_ += 4;
    return code;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  /// Whether the next character is this one, which is then skipped.
  bool takes(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  [[noreturn]] void refuse(std::string_view rule) const {
    throw ParameterError(formatted("'{}' is not JSON", printable_beginning(text_, 80)), std::string(rule),
                         formatted("byte {} is wrong", at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string json(const Value& value) {
  std::string result;
  std::visit(Writer{result}, value.value);
  return result;
}

std::string shown(const Value& value) { return printable_beginning(json(value), 80); }

Value parsed_json(std::string_view text) { return Reader(text).whole(); }

Value parsed_word(std::string_view text) {
  try {
    return parsed_json(text);
  } catch (const ParameterError&) {
    return {std::string(text)};
  }
}

}  // namespace sorn::sources
