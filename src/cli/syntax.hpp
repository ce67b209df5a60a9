// The commands and options of the parser as data, for completion and manual pages.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::cli {

enum class Paths : std::uint8_t { none, files, folders };

/// The values that an option or an argument takes, as far as they are known.
struct Values {
  std::vector<std::string> words{};  ///< fixed choices
  Paths paths = Paths::none;         ///< whether names of files or folders can stand there
  bool is_list = false;              ///< whether words can stand in a list with commas
  bool before_equals = false;        ///< whether the words are names before "=VALUE"
};

/// An option, or an argument without a name of an option.
struct Item {
  std::vector<std::string> names;  ///< "-o", "--out"; of an argument: "FILE"
  std::string placeholder;         ///< of the value: "FILE.html"; empty: a flag, or an argument
  std::string meaning;             ///< in one line
  bool is_argument = false;
  bool takes_value = false;
  bool takes_many = false;  ///< several values may follow
  bool is_required = false;
  Values values{};
};

struct Syntax {
  std::string name;     ///< of the command; empty: of the program
  std::string meaning;  ///< in one line
  std::vector<Item> options{};
  std::vector<Item> arguments{};
  std::string footer{};
};

/// The program, and then each of its commands.
std::vector<Syntax> syntax_of(const CLI::App& app);

}  // namespace sorn::cli
