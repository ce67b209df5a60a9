#include "io/provenance.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sorn::io {

namespace {

constexpr const char* reproducible_variable = "SOURCE_DATE_EPOCH";

/// The date of reproducible files, in seconds since 1970.
std::optional<std::time_t> given_date() {
  const char* const variable = std::getenv(reproducible_variable);
  if (variable == nullptr || *variable == '\0') return {};
  constexpr std::int64_t end_of_9999 = 253'402'300'799;
  const std::string_view text(variable);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > end_of_9999) {
    throw ParameterError(formatted("{}={}", reproducible_variable, printable_beginning(text, 40)),
                         formatted("must be a whole number of seconds since 1970, in [0, {}]", end_of_9999),
                         "unset it, and files get the date of today");
  }
  return static_cast<std::time_t>(seconds);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return stored_text(name.data());
}

/// The command line of this process, from the system; empty if the system does not give it.
std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  std::size_t size = 0;  // longer command lines are cut anyway
  for (std::string word; size <= longest_text && std::getline(file, word, '\0'); size += word.size()) {
    words.push_back(word);
  }
  return stored_text(shell_quoted(words));
}

/// A word in $'...', in which every byte is printable.
std::string escaped_word(std::string_view word) {
  std::string result = "$'";
  while (!word.empty()) {
    const std::string_view character = word.substr(0, first_character_bytes(word));
    if (character == "'" || character == "\\") result += '\\';
    if (character == "\n") {
      result += "\\n";
    } else if (printable(character) == character) {
      result += character;
    } else {  // as bytes, since a shell may read \u in another encoding
      for (const char byte : character) result += formatted("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    word.remove_prefix(character.size());
  }
  return result + '\'';
}

std::string quoted_word(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  if (printable(word) != word) return escaped_word(word);
  std::string result = "'";
  for (const char c : word) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + '\'';
}

/// A date in the format of ISO 8601, in UTC.
std::string text_of(std::time_t date) {
  std::tm fields{};
  gmtime_r(&date, &fields);
  return formatted("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", fields.tm_year + 1900, fields.tm_mon + 1, fields.tm_mday,
                   fields.tm_hour, fields.tm_min, fields.tm_sec);
}

}  // namespace

Provenance current_provenance() {
  const std::optional<std::time_t> given = given_date();
  const std::time_t date = given.value_or(std::time(nullptr));
  Provenance provenance{.date = text_of(date), .host = {}, .command = {}};
  if (given) return provenance;
  provenance.host = host_name();
  provenance.command = command_line();
  return provenance;
}

std::string shell_quoted(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    line += quoted_word(word);
  }
  return line;
}

std::string stored_text(const std::string& text) { return printable_beginning(text, longest_text); }

void write_provenance(hid_t file, const Provenance& provenance) {
  const auto write = [&](const char* name, const std::string& text) {
    if (!text.empty()) write_attribute(file, name, stored_text(text));
  };
  write(schema::date, provenance.date);
  write(schema::host, provenance.host);
  write(schema::command, provenance.command);
}

Provenance read_provenance(hid_t file) {
  const auto read = [&](const char* name) {
    return H5Aexists(file, name) > 0 ? stored_text(read_text(file, name)) : std::string();
  };
  return {.date = read(schema::date), .host = read(schema::host), .command = read(schema::command)};
}

}  // namespace sorn::io
