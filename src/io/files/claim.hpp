// The right to write a file, which one writer has at a time.
#pragma once

#include <cstdint>
#include <filesystem>

namespace sorn::io {

/// Holds a target for one writer, by a lock on a file beside it whose name follows from the target's:
/// `.sorn-<hash>.tmp`. A process that is killed leaves this file, but not its lock, so that the next one knows.
///
/// Nothing that a stranger put under such a name is written: it is the file that this object made, or none. Where files
/// cannot be locked, and where a stranger has the name, the file gets another name and keeps nobody out.
class Claim {
public:
  /// @param place   the target, with symbolic links followed
  /// @param target  the same as the caller named it, for messages
  /// @throws IoError if another writer has it, in this process or elsewhere, or if its folder cannot be written
  Claim(const std::filesystem::path& place, const std::filesystem::path& target);
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  /// Gives the target free, and removes the file unless it was moved.
  ~Claim();

  /// The file that holds the lock, empty at first. It may become the target itself.
  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& file() const noexcept { return file_; }
  /// The file has another name now, and stays.
  void moved() noexcept { file_.clear(); }

private:
  bool make(const std::filesystem::path& name, const std::filesystem::path& target);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// @throws IoError if a writer has this target now
void require_unclaimed(const std::filesystem::path& place, const std::filesystem::path& target);

/// Whether a descriptor is of a regular file that has this name and no other. By now: a file may be moved or removed
/// between its opening and its locking.
bool is_only_name_of(const std::filesystem::path& name, int descriptor) noexcept;

enum class Lock : std::uint8_t { taken, held_by_another, impossible };
/// Locks an open file for this descriptor alone.
Lock lock(int descriptor) noexcept;

/// Removes what killed writers have left in the folder of `place`: our temporary files that nobody holds.
void remove_abandoned(const std::filesystem::path& place) noexcept;

}  // namespace sorn::io
