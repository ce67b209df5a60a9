// Files that describe a sweep: like those for --config, with one more table.
#pragma once

#include <sorn/sweep.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sorn::config {

/// A sweep as described by its file.
struct SweepFile {
  Sweep sweep;
  std::optional<std::string> out;  ///< the folder in the file
};

/// Reads the description of a sweep, and the inputs and the state that it names. It starts no run.
/// @param file  the name of the text in errors
/// @throws ParameterError that lists all errors; FormatError if it is not TOML; IoError or FormatError if inputs or
///   state cannot be read
SweepFile parse_sweep(std::string text, const std::string& file);

/// The same for a file. @throws IoError, too, if it cannot be read
SweepFile read_sweep(const std::filesystem::path& path);

/// An example of a sweep file with comments.
std::string example_sweep();

}  // namespace sorn::config
