// Configuration files in TOML.
#pragma once

#include "cli/settings.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace sorn::cli {

/// Reads the tables [parameters] and [run] of a text. Errors name the file and the line.
/// @throws FormatError if it is not TOML, ParameterError for an unknown key or a value of a wrong type
Settings parse_config(std::string_view text, const std::string& file);

/// The same of a file. @throws IoError also if it cannot be read
Settings read_config(const std::filesystem::path& path);

}  // namespace sorn::cli
