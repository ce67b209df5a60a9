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

/// Throws IoError "cannot <action> '<path>': <what the system says of `code`>".
[[noreturn]] void throw_system_error(std::string_view action, const std::filesystem::path& path, int code);

/// True if two paths lead to one file, or are the same path to one that does not exist yet. An empty one leads nowhere.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// The file that a path leads to: where symbolic links end, whether there is a file or not, else the path itself.
std::filesystem::path resolved(const std::filesystem::path& path);

/// Makes what happened to the names in the folder of `path` survive a loss of power. Returns errno; 0 also where the
/// file system cannot do that.
int sync_folder_of(const std::filesystem::path& path) noexcept;

/// Reads from `offset` on until `bytes` are full or the file ends. Returns how many it read, or −1 and errno.
ssize_t read_fully(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) noexcept;

/// The end of the error about a file that is not replaced unasked. Other faces say it in their own words.
inline constexpr std::string_view overwrite_advice = "give another name, or overwrite=True to replace it";

/// The error about a file that is there and is not to be replaced.
[[noreturn]] void throw_exists(const std::filesystem::path& target);

/// Refuses a target that could not be written now, for whatever reason. Leaves no trace.
/// @throws IoError as AtomicFile
void require_writable(const std::filesystem::path& target, Existing existing);

/// Holds a target for this writer; null for a device or a pipe, which many may write to. Also removes what killed
/// writers have left in the folder. @throws IoError if another writer has it, or its folder cannot be written
std::shared_ptr<Claim> claimed(const std::filesystem::path& target);

/// Collects what is to become the file `target` in another file beside it, and moves that there on commit(). Until
/// then, and after any failure, `target` is as it was. Only one writer at a time may.
///
/// A target that is a device or a pipe (/dev/null, /dev/stdout) cannot be replaced by a file and gets the bytes copied.
class AtomicFile final : public Storage {
public:
  /// Begins with nothing, in a temporary file that goes away with the object unless it is committed.
  /// @param claim  on the target, if the caller holds it already
  /// @throws IoError if the target cannot be written: its folder is missing, it is a folder, permission is lacking, it
  ///   is there and not to be replaced, or another process writes it
  AtomicFile(const std::filesystem::path& target, Existing existing, std::shared_ptr<Claim> claim = nullptr);

  enum class Start : std::uint8_t {
    anew,  ///< with nothing, whatever an earlier process left there
    go_on  ///< with what an earlier process left there, or, if there is nothing, with the target itself
  };
  /// Collects in `<target>.partial`, a name that another process finds. What is not ours under that name is left as it
  /// is. A target that is continued is not replaced but goes on.
  /// @throws IoError as above, and if there is nothing to continue, or something that is not ours
  AtomicFile(const std::filesystem::path& target, Start start, Existing existing,
             std::shared_ptr<Claim> claim = nullptr);

  ~AtomicFile() override;

  /// The target that was taken to be continued is not put back any more when the object goes away. From now on its
  /// first bytes are those of a file that is still to be completed.
  void take_over() noexcept;

  /// From now on the collected bytes stay in `<target>.partial` when the object goes away uncommitted.
  void keep() noexcept { keeps_ = true; }

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes,
                Content content = Content::values) noexcept override;
  bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept override;
  void resize(std::uint64_t size) noexcept override;
  std::uint64_t size() const noexcept override { return size_; }
  int failure() const noexcept override { return failure_; }

  /// Remembers that something went wrong, if nothing has before.
  void fail(int code) noexcept {
    if (failure_ == 0) failure_ = code;
  }

  /// Makes what was written survive a loss of power. @throws IoError if this or any write before failed
  void sync();

  /// Puts the file in its place, safe on the disk. If a file has appeared there that is not to be replaced, what was
  /// collected is kept as `<target>.partial`. @throws IoError if this or any write before failed
  void commit();

  const std::filesystem::path& target() const noexcept { return target_; }

private:
  /// The part that all constructors begin with: when one of them fails after it, the destructor cleans up.
  struct Unopened {};
  AtomicFile(const std::filesystem::path& target, Existing existing, Unopened tag);
  friend void require_writable(const std::filesystem::path& target, Existing existing);

  /// What to do with a target that is a symbolic link, a device, protected or no file at all.
  /// Returns the mode to give the new file, or −1 for the usual one.
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
  int mode_ = -1;         // to give the new file, or −1 for the usual one
  bool replaces_ = true;  // false: the target is a device or a pipe
  bool keeps_ = false;
  bool puts_back_ = false;
  int descriptor_ = -1;  // the claim's, or our own
  int failure_ = 0;
  std::uint64_t size_ = 0;
};

/// Refuses a target that a writer is at now. @throws IoError
void require_idle(const std::filesystem::path& target);

/// The name under which a run that can be resumed collects what is to become `target`.
std::filesystem::path partial_path(const std::filesystem::path& target);

/// Removes that file if it is one of ours. The caller holds the target.
void remove_partial(const std::filesystem::path& target) noexcept;

}  // namespace sorn::io
