// Files that describe a sweep: those of --config, with one table more.
#pragma once

#include "runs/sweep.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sorn::config {

/// A sweep as its file has it.
struct SweepFile {
  runs::Sweep sweep;
  std::optional<std::string> out;  ///< the folder that the file names
};

/// Reads the description of a sweep, and the inputs and the state that it names. Nothing is run.
/// @param file  how errors call the text
/// @throws ParameterError that lists all that is wrong; FormatError if it is not TOML; IoError, and FormatError too, if
///   inputs or state cannot be read
SweepFile parse_sweep(std::string text, const std::string& file);

/// The same of a file. @throws IoError also if it cannot be read
SweepFile read_sweep(const std::filesystem::path& path);

/// A commented file to start from.
std::string example_sweep();

}  // namespace sorn::config
