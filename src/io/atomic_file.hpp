// A file that appears whole or not at all.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace sorn::io {

/// Throws IoError "cannot <action> '<path>': <what the system says of `code`>".
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code);

/// True if two paths lead to one file, or are the same path to one that does not exist yet. An empty one leads nowhere.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Collects what is to become the file `target` in a temporary file beside it, and moves it there on commit().
/// Until then, and after any failure, `target` is as it was; the destructor removes what was not committed.
///
/// A target that is a device or a pipe (/dev/null, /dev/stdout) cannot be replaced by a file and gets the bytes copied.
///
/// Writing remembers the first failure instead of reporting each: a library that writes through this object can then
/// close its own structures in order, and commit() throws.
class AtomicFile {
public:
  /// @throws IoError if the target cannot be written: its folder is missing, it is a folder, permission is lacking
  explicit AtomicFile(const std::filesystem::path& target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) noexcept;

  /// Reads what was written; false if that fails.
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept;

  void resize(std::uint64_t size) noexcept;

  /// Bytes in the file so far.
  std::uint64_t size() const noexcept { return size_; }

  /// errno of the first failure; 0 if there was none.
  int failure() const noexcept { return failure_; }

  /// Puts the file in its place, safe on the disk. @throws IoError if this or any write before failed
  void commit();

private:
  void copy_to_target();
  void check(bool success) noexcept;

  std::filesystem::path target_;  // as the caller named it
  std::filesystem::path place_;   // with symbolic links resolved
  std::filesystem::path temporary_;
  bool replaces_ = true;  // false: the target is a device or a pipe
  int descriptor_ = -1;
  int failure_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace sorn::io
