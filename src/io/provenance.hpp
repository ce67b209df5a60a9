// The provenance of files: when, where and by which command they were made, and from which inputs.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <sorn/io.hpp>

#include <span>
#include <string>

namespace sorn::io {

/// The largest number of bytes of a text in the provenance. Of a longer text, the beginning is kept.
inline constexpr std::size_t longest_text = 4096;

/// The provenance of files that this process writes now. If SOURCE_DATE_EPOCH is set in the environment, it is the
/// date, and host and command line are left out. Then files do not depend on when and where they are made.
/// @throws ParameterError if that variable is not a number of seconds
Provenance current_provenance();

/// Words quoted for a shell, in one line of UTF-8.
std::string shell_quoted(std::span<const std::string> words);

/// Writes what is known as attributes of the file. The texts that are read are safe to display.
void write_provenance(hid_t file, const Provenance& provenance);
Provenance read_provenance(hid_t file);

/// Converts a text from any source to the form that files hold.
std::string stored_text(const std::string& text);

}  // namespace sorn::io
