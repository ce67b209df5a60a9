// A source of bytes that is read once, from its beginning, in pieces: a file, a pipe or a device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sorn::io {

/// A source of bytes.
struct Source {
  /// Fills the span and returns the number of bytes; it is smaller than the span only at the end.
  std::function<std::size_t(std::span<std::byte>)> read;
  /// The number of all bytes, if it is known before they are read.
  std::optional<std::uint64_t> size;
};

/// A file, a pipe or a device. @throws IoError if it cannot be opened, and from read()
Source open_source(const std::filesystem::path& path);

/// Bytes in memory, which must outlive the source.
Source source_of(std::string_view content);

/// Reads a whole text that must be short. Never reads more than `most` bytes into memory.
/// @param what  the kind of file, for the error: "a configuration file"
/// @throws IoError if it cannot be read, FormatError if it is longer
std::string read_short_text(const std::filesystem::path& path, std::size_t most, std::string_view what);

/// Says what a file with this beginning probably is, and what to do: "a pickle; 'sorn convert' …". Empty if unknown.
std::string advice_on_content(std::string_view beginning);

}  // namespace sorn::io
