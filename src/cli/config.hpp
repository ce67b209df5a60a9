// Configuration files in TOML.
#pragma once

#include "cli/settings.hpp"

#include <filesystem>

namespace sorn::cli {

/// Reads the tables [parameters] and [run]. Errors name the file and the line.
/// @throws IoError, FormatError if it is not TOML, ParameterError for an unknown key or a value of a wrong type
Settings read_config(const std::filesystem::path& path);

}  // namespace sorn::cli
