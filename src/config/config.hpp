// Configuration files in TOML.
#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sorn::config {

/// Reads the tables [model], [parameters], [run] and [input] of a text. Errors name the file and the line.
/// @throws FormatError if it is not TOML, ParameterError for an unknown key or a value of a wrong type
Settings parse_config(std::string_view text, const std::string& file);

/// The same for a file. @throws IoError, too, if it cannot be read
Settings read_config(const std::filesystem::path& path);

struct ConfigEntry;

/// A value of a configuration file. Dates are kept as texts.
struct ConfigValue {
  std::variant<bool, std::int64_t, double, std::string, std::vector<ConfigValue>, std::vector<ConfigEntry>> value;
};

/// The value of a hyperparameter, or of noise if `info` is null: a number, a string, true or false for a switch that is
/// on or off, and a list of strings for an order. Unset: the value is of another type.
std::optional<ParameterValue> parameter_value(const ConfigValue& value, const ParameterInfo* info);

/// What parameter_value() takes: "a number or a string".
std::string_view parameter_types(const ParameterInfo* info);

/// A key of a table, with its place in the file: "sweep.toml:3".
struct ConfigEntry {
  std::string place;
  std::string key;
  ConfigValue value;
};

/// A configuration file with one more table.
struct ExtendedConfig {
  Settings settings;
  std::vector<ConfigEntry> table;     ///< the additional table, in the order of the file; empty if there is none
  std::vector<std::string> problems;  ///< all errors in the other tables; parse_config() throws the first one
};

/// Reads the tables [model], [parameters], [run], [input], [signals] and `table`.
/// @throws FormatError if it is not TOML
ExtendedConfig parse_extended_config(std::string_view text, const std::string& file, std::string_view table);

/// The text of a configuration file, which may have at most 16 MiB.
/// @throws IoError if it cannot be read, FormatError if it is longer
std::string read_text(const std::filesystem::path& path);

}  // namespace sorn::config
