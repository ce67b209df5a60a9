// Where files come from: when, where and by which command they were made, and from which inputs.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <sorn/io.hpp>

#include <span>
#include <string>

namespace sorn::io {

/// Bytes that a text of a file's provenance has at most; of a longer one the beginning is kept.
inline constexpr std::size_t longest_text = 4096;

/// What this process writes into its files now. With SOURCE_DATE_EPOCH in the environment the date is that, and host
/// and command line are left out: files are the same then whenever and wherever they are made.
/// @throws ParameterError if that variable is not a number of seconds
Provenance current_provenance();

/// Words as a shell takes them, in one line of UTF-8.
std::string shell_quoted(std::span<const std::string> words);

/// Writes what is known as attributes of the file. What is read is safe to be shown.
void write_provenance(hid_t file, const Provenance& provenance);
Provenance read_provenance(hid_t file);

/// A text that may come from anywhere, as files hold it.
std::string stored_text(const std::string& text);

}  // namespace sorn::io
