// Configuration files in TOML.
#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn::config {

/// Reads the tables [parameters] and [run] of a text. Errors name the file and the line.
/// @throws FormatError if it is not TOML, ParameterError for an unknown key or a value of a wrong type
Settings parse_config(std::string_view text, const std::string& file);

/// The same of a file. @throws IoError also if it cannot be read
Settings read_config(const std::filesystem::path& path);

struct ConfigEntry;

/// A value of a configuration file. Dates are kept as texts.
struct ConfigValue {
  std::variant<bool, std::int64_t, double, std::string, std::vector<ConfigValue>, std::vector<ConfigEntry>> value;
};

/// One key of a table, with where it stands: "sweep.toml:3".
struct ConfigEntry {
  std::string place;
  std::string key;
  ConfigValue value;
};

/// A configuration file that says more than how to run one network.
struct ExtendedConfig {
  Settings settings;
  std::vector<ConfigEntry> table;  ///< the table that is named so, in the order of the file; empty if there is none
  std::vector<std::string>
      problems;  ///< with [parameters] and [run]: all of them, where parse_config() throws the first
};

/// Reads the tables [parameters], [run] and the one that is named `table`.
/// @throws FormatError if it is not TOML
ExtendedConfig parse_extended_config(std::string_view text, const std::string& file, std::string_view table);

/// The text of a configuration file, which may have 16 MiB.
/// @throws IoError if it cannot be read, FormatError if it is longer
std::string read_text(const std::filesystem::path& path);

}  // namespace sorn::config
