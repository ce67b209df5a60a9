// A file that appears whole or not at all.
#pragma once

#include "io/files/claim.hpp"
#include "io/files/storage.hpp"

#include <sorn/existing.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sorn::io {

/// Throws IoError "cannot <action> '<path>': <the system's message for `code`>".
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code);

/// True if two paths lead to the same file, or are equal and not empty: the file need not exist yet.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// The path with symbolic links followed, whether or not a file is there.
std::filesystem::path resolved(const std::filesystem::path& path);

/// Makes changes of names in the folder of `path` survive a loss of power. Returns errno; 0 also if the file system
/// cannot do that.
int sync_folder_of(const std::filesystem::path& path) noexcept;

/// Reads from `offset` until `bytes` is full or the file ends. Returns the number of bytes read, or −1 and errno.
ssize_t read_fully(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) noexcept;

/// The advice in the error about an existing file that is not replaced. The command and others use their own words.
inline constexpr std::string_view overwrite_advice = "give another name, or overwrite=True to replace it";

/// Throws the error about an existing file that must not be replaced.
[[noreturn]] void throw_exists(const std::filesystem::path& target);

/// Refuses a target that could not be written now, for whatever reason. Changes nothing.
/// @throws IoError as AtomicFile
void require_writable(const std::filesystem::path& target, Existing existing);

/// Holds a target for this writer; null for a device or a pipe, which many may write to. Also removes the files that
/// killed writers left in the folder. @throws IoError if another writer has the target, or if its folder cannot be
/// written
std::shared_ptr<Claim> claimed(const std::filesystem::path& target);

/// Collects the content of the file `target` in another file beside it, which commit() moves to `target`. Before that,
/// and after any failure, `target` is unchanged. Only one writer at a time can write a target.
///
/// A target that is a device or a pipe (/dev/null, /dev/stdout) cannot be replaced by a file and gets the bytes copied.
class AtomicFile final : public Storage {
public:
  /// Begins an empty temporary file, which the destructor removes unless it was committed.
  /// @param claim  on the target, if the caller holds it already
  /// @throws IoError if the target cannot be written: its folder is missing, it is a folder, permission is lacking, it
  ///   exists and must not be replaced, or another process writes it
  AtomicFile(const std::filesystem::path& target, Existing existing, std::shared_ptr<Claim> claim = nullptr);

  enum class Start : std::uint8_t {
    anew,  ///< with an empty file, whatever an earlier process left there
    go_on  ///< with the file that an earlier process left there, or, if there is none, with the target itself
  };
  /// Collects in `<target>.partial`, so that another process can find the file. A file of other origin with that name
  /// is left unchanged. A target that is continued is not replaced: writing goes on in it.
  /// @throws IoError as above, and if there is nothing to continue, or a file of other origin
  AtomicFile(const std::filesystem::path& target, Start start, Existing existing,
             std::shared_ptr<Claim> claim = nullptr);

  ~AtomicFile() override;

  /// From now on the destructor does not restore the target that is being continued, and its first bytes mark it as
  /// unfinished.
  void take_over() noexcept;

  /// From now on the destructor leaves the collected bytes in `<target>.partial` if they were not committed.
  void keep() noexcept { keeps_ = true; }

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes,
                Content content = Content::values) noexcept override;
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept override;
  void resize(std::uint64_t size) noexcept override;
  std::uint64_t size() const noexcept override { return size_; }
  int failure() const noexcept override { return failure_; }

  /// Remembers a failure, if it is the first one.
  void fail(int code) noexcept {
    if (failure_ == 0) failure_ = code;
  }

  /// Makes the written bytes survive a loss of power. @throws IoError if this or any write before failed
  void sync();

  /// Puts the file in its place, safe on the disk. If a file has appeared there that must not be replaced, the
  /// collected bytes are kept as `<target>.partial`. @throws IoError if this or any write before failed
  void commit();

  const std::filesystem::path& target() const noexcept { return target_; }

private:
  /// All constructors call this one first, so that the destructor cleans up if they fail later.
  struct Unopened {};
  AtomicFile(const std::filesystem::path& target, Existing existing, Unopened tag);
  friend void require_writable(const std::filesystem::path& target, Existing existing);

  /// Examines whether the target is a symbolic link, a device, protected or not a file.
  /// Returns the mode for the new file, or −1 for the usual one.
  int examine_target();
  void keep_mode() noexcept;
  void open_partial(Start start);
  [[noreturn]] void give_way();
  void copy_to_target();
  void check(bool success) noexcept;

  std::filesystem::path target_;  // as the caller named it
  std::filesystem::path place_;   // with symbolic links resolved
  std::filesystem::path temporary_;
  Existing existing_;
  std::shared_ptr<Claim> claim_;
  int mode_ = -1;         // of the new file, or −1 for the usual one
  bool replaces_ = true;  // false: the target is a device or a pipe
  bool keeps_ = false;
  bool puts_back_ = false;
  int descriptor_ = -1;  // from the claim, or its own
  int failure_ = 0;
  std::uint64_t size_ = 0;
};

/// Refuses a target that another writer is writing now. @throws IoError
void require_idle(const std::filesystem::path& target);

/// The name of the file in which a resumable run collects the content of `target`.
std::filesystem::path partial_path(const std::filesystem::path& target);

/// Removes that file if a run of this program wrote it. The caller holds the target.
void remove_partial(const std::filesystem::path& target) noexcept;

}  // namespace sorn::io
