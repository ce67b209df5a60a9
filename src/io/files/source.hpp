// What is read once, from its beginning, in pieces: a file, a pipe or a device.
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

/// Where bytes come from.
struct Source {
  /// Fills the span from its beginning and says how many bytes it got; fewer than asked for at the end only.
  std::function<std::size_t(std::span<std::byte>)> read;
  /// All bytes that there are, where that is known before they are read.
  std::optional<std::uint64_t> size;
};

/// A file, a pipe or a device. @throws IoError if it cannot be opened, and from read()
Source open_source(const std::filesystem::path& path);

/// Bytes in memory, which must outlive the source.
Source source_of(std::string_view content);

/// All of a text that cannot be long. No more than `most` bytes of it are taken into memory, whatever it is.
/// @param what  what it is, for the error: "a configuration file"
/// @throws IoError if it cannot be read, FormatError if it is longer
std::string read_short_text(const std::filesystem::path& path, std::size_t most, std::string_view what);

/// What a file probably is that begins so, with what to do about it: "a pickle; 'sorn convert' …". Empty if that is not
/// known.
std::string advice_on_content(std::string_view beginning);

}  // namespace sorn::io
