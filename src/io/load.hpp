// Reading the parts that result files and checkpoints are made of.
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

// Each reads one part and checks it. @throws FormatError, ParameterError, ShapeError, StateError without the file's
// name

/// The version of the program that wrote the file, if the file's format is one of `formats`.
std::string read_format(hid_t file, std::initializer_list<std::string_view> formats);
Parameters read_parameters(hid_t file);
RunDescription read_run(hid_t file);
/// Checks that the file has thresholds for as many units as the parameters say, which are only numbers in it.
void require_size(hid_t file, const Parameters& parameters);
/// The state of a network with these parameters, or a share of it. Shares that lie in files beside `path` are read from
/// there.
/// @param wanted  the units whose thresholds and incoming synapses are; all unless given
State read_state(hid_t file, const std::filesystem::path& path, const Parameters& parameters,
                 const std::optional<Ownership>& wanted = {});

/// Throws what is being caught as the error of the public header that names the file. A parameter, shape or state that
/// is wrong *in a file* is the file's fault, not the caller's: FormatError.
[[noreturn]] void rethrow_naming(const std::filesystem::path& path);

/// Runs `read`, and makes of all that is wrong in the file an error that names it.
template <class Read>
auto naming(const std::filesystem::path& path, Read&& read) {
  try {
    return read();
  } catch (...) {
    rethrow_naming(path);
  }
}

}  // namespace sorn::io
