// Reading the parts of result files and checkpoints.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <sorn/io.hpp>
#include <sorn/share.hpp>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sorn::io {

// Each function reads one part and checks it. @throws FormatError, ParameterError, ShapeError, StateError without the
// file's name

/// The version of the program that wrote the file, if the file's format is one of `formats`.
std::string read_format(hid_t file, std::initializer_list<std::string_view> formats);
Parameters read_parameters(hid_t file);
RunDescription read_run(hid_t file);
/// A text that write_long_text() wrote; unset: there is none.
std::optional<std::string> read_long_text(hid_t group, const char* name);
/// Checks that the file has thresholds for as many units as its parameters ne and ni say.
void require_size(hid_t file, const Parameters& parameters);
/// The state of a network with these parameters, or a share of it. Shares in files beside `path` are read, too.
/// @param wanted  the units whose thresholds and incoming synapses are read; all units by default
State read_state(hid_t file, const std::filesystem::path& path, const Parameters& parameters,
                 const std::optional<Ownership>& wanted = {});

/// Rethrows the current exception as an error of the public header that names the file. A wrong parameter, shape or
/// state *in a file* is an error of the file, not of the caller: FormatError.
[[noreturn]] void rethrow_naming(const std::filesystem::path& path);

/// Runs `read`, and turns each error in the file into an error that names the file.
template <class Read>
auto naming(const std::filesystem::path& path, Read&& read) {
  try {
    return read();
  } catch (...) {
    rethrow_naming(path);
  }
}

}  // namespace sorn::io
