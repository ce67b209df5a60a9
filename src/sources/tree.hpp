// Trees of values, as in JSON and TOML: the form in which a source is written, read and checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn::sources {

struct Entry;

/// A value of JSON except null; objects keep the order of their keys.
struct Value {
  std::variant<bool, std::int64_t, double, std::string, std::vector<Value>, std::vector<Entry>> value;
};

/// A key of an object and its value.
struct Entry {
  std::string key{};
  Value value{};
};

using Values = std::vector<Value>;
using Table = std::vector<Entry>;

/// A value as one line of JSON. Numbers are finite.
std::string json(const Value& value);

/// The beginning of json(value), for error messages.
std::string shown(const Value& value);

/// The value that a text of JSON holds. @throws ParameterError that says where the text is not JSON
Value parsed_json(std::string_view text);

/// The value of a word of a command line: JSON if it is any, otherwise the word itself.
Value parsed_word(std::string_view text);

}  // namespace sorn::sources
