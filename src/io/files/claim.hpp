// The right to write a file, which only one writer holds at a time.
#pragma once

#include <cstdint>
#include <filesystem>

namespace sorn::io {

/// Holds a target for one writer, by a lock on a file beside it. The name of that file, `.sorn-<hash>.tmp`, follows
/// from the target's name. A killed process leaves the file, but not its lock, so that the next writer can tell.
///
/// A Claim writes only to a file that it made itself. If files cannot be locked, or if a file of other origin has the
/// name, the claim uses another name and does not exclude other writers.
class Claim {
public:
  /// @param place   the target, with symbolic links followed
  /// @param target  the target as the caller named it, for messages
  /// @throws IoError if another writer holds it, in this process or elsewhere, or if its folder cannot be written
  Claim(const std::filesystem::path& place, const std::filesystem::path& target);
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  /// Releases the target, and removes the file unless it was moved.
  ~Claim();

  /// The file that holds the lock, empty at first. It may become the target itself.
  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& file() const noexcept { return file_; }
  /// Tells the claim that the file has another name now and must stay.
  void moved() noexcept { file_.clear(); }

private:
  bool make(const std::filesystem::path& name, const std::filesystem::path& target);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// @throws IoError if a writer holds this target now
void require_unclaimed(const std::filesystem::path& place, const std::filesystem::path& target);

/// Whether a descriptor refers to a regular file that now has this name and no other. A file may be moved or removed
/// after it was opened and before it is locked.
bool is_only_name_of(const std::filesystem::path& name, int descriptor) noexcept;

enum class Lock : std::uint8_t { taken, held_by_another, impossible };
/// Locks an open file for this descriptor alone.
Lock lock(int descriptor) noexcept;

/// Removes the files that killed writers left in the folder of `place`: temporary files that no process holds.
void remove_abandoned(const std::filesystem::path& place) noexcept;

}  // namespace sorn::io
