#include "io/files/atomic_file.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "support/format.hpp"

namespace sorn::io {

namespace fs = std::filesystem;

namespace {

/// The first bytes of an unfinished `.partial` file. The signature of HDF5 replaces them when the file is complete.
constexpr std::string_view unfinished_mark = "sorn: unfinished";
constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";

/// What to try if the system reports `code`.
std::string advice(int code) {
  switch (code) {
    case EMFILE: return "close results that are no longer needed, or raise the limit on open files (ulimit -n)";
    case ENFILE: return "the whole system has too many files open: end other programs";
    case EACCES: return "ask the owner for the permission, or work on a copy";
    case EIO: return "the disk, or the network that it is behind, fails: try again, then another copy of the file";
    case ENOENT: return "check the spelling, and that the folder is there";
    case ENOTDIR: return "a part of the path is a file, not a folder";
    case EISDIR: return "give the name of a file in it";
    case ENOSPC: return "free some space, or record less";
    case EDQUOT: return "free some space of your quota, or record less";
    case EFBIG: return "the limit on file sizes (ulimit -f) is too low; record less";
    default: return {};
  }
}

int error_code(const fs::path& path) noexcept { return access(path.c_str(), W_OK) == 0 ? 0 : errno; }

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

bool is_there(const fs::path& path) noexcept {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

/// The first bytes of a file, as many as the mark has. A shorter file is padded with zeros.
std::string beginning_of(int descriptor) {
  std::string text(unfinished_mark.size(), '\0');
  return pread(descriptor, text.data(), text.size(), 0) < 0 ? std::string() : text;
}

bool is_empty(int descriptor) noexcept {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && status.st_size == 0;
}

/// Whether a run of this program has begun this file. The file of a run that was killed at once is empty.
bool is_begun_by_us(int descriptor) { return is_empty(descriptor) || beginning_of(descriptor) == unfinished_mark; }

/// The same for a run with a checkpoint: its file may also be complete, or come from an earlier version, which wrote no
/// mark.
bool may_be_continued(int descriptor) {
  const std::string beginning = beginning_of(descriptor);
  return is_begun_by_us(descriptor) || beginning.starts_with(hdf5_signature) ||
         beginning == std::string(unfinished_mark.size(), '\0');
}

[[noreturn]] void throw_foreign(const fs::path& partial) {
  throw IoError(formatted("'{}'", partial.string()),
                "must be a file of a run, which has no other name and is no link, pipe or device; this one is not",
                "move it away, or give another name");
}

/// Opens or makes the file in which a run collects. Does not follow links, wait for the other end of a pipe, or
/// truncate the file. Returns −1 and errno on failure.
int open_ours(const fs::path& path, int flags) {
  for (;;) {
    const int descriptor = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0666);
    if (descriptor < 0) {
      if (errno == ELOOP || errno == ENXIO || errno == EISDIR) throw_foreign(path);
      return -1;
    }
    const Lock locked = lock(descriptor);  // versions without claims hold only this lock
    struct stat status {};
    const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    if (locked != Lock::held_by_another && is_only_name_of(path, descriptor)) return descriptor;
    close(descriptor);
    if (locked == Lock::held_by_another) {
      throw IoError(formatted("'{}'", path.string()), "another process is writing it", "let it end first");
    }
    if (!regular || status.st_nlink > 1) throw_foreign(path);
  }
}

}  // namespace

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code unknown;  // if a file does not exist yet
  return !a.empty() && (a == b || fs::equivalent(a, b, unknown));
}

fs::path resolved(const fs::path& path) {
  // As many links as the system follows. Beyond them, the system reports an error itself.
  constexpr int most_links = 40;
  std::error_code failed;
  fs::path place = path;
  for (int links = 0; links < most_links; ++links) {
    if (!fs::is_symlink(fs::symlink_status(place, failed))) return place;
    const fs::path next = fs::read_symlink(place, failed);
    if (failed) break;
    place = next.is_absolute() ? next : place.parent_path() / next;
  }
  return path;
}

int sync_folder_of(const fs::path& path) noexcept {
  const int descriptor = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return 0;  // a folder that may be written, but not listed
  int code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  if (code == EINVAL || code == ENOTSUP || code == EROFS) code = 0;  // this file system cannot
  return code;
}

ssize_t read_fully(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) noexcept {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

fs::path partial_path(const fs::path& target) {
  fs::path path = resolved(target);
  path += ".partial";
  return path;
}

void throw_system_error(std::string_view action, const fs::path& path, int code) {
  throw IoError(formatted("cannot {} '{}'", action, path.string()), std::generic_category().message(code),
                advice(code));
}

void throw_exists(const fs::path& target) {
  throw IoError(formatted("'{}' exists already", target.string()), "a file is replaced only if that is asked for",
                std::string(overwrite_advice));
}

void require_writable(const fs::path& target, Existing existing) {
  static_cast<void>(AtomicFile(target, existing, AtomicFile::Unopened{}));
}

std::shared_ptr<Claim> claimed(const fs::path& target) {
  struct stat status {};
  if (stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return nullptr;
  const fs::path place = resolved(target);
  auto claim = std::make_shared<Claim>(place, target);
  remove_abandoned(place);
  return claim;
}

AtomicFile::AtomicFile(const fs::path& target, Existing existing, Unopened /*tag*/)
    : target_(target), place_(resolved(target)), existing_(existing) {
  mode_ = examine_target();
  if (!replaces_) return;
  if (const int code = error_code(folder_of(place_)); code != 0) throw_system_error("write", target, code);
}

AtomicFile::AtomicFile(const fs::path& target, Existing existing, std::shared_ptr<Claim> claim)
    : AtomicFile(target, existing, Unopened{}) {
  if (!replaces_) {  // the collected bytes need no file name
    std::error_code ignored;
    std::string name = fs::temp_directory_path(ignored) / "sorn-XXXXXX";
    descriptor_ = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) throw_system_error("write", target, errno);
    unlink(name.c_str());
    return;
  }
  claim_ = claim ? std::move(claim) : claimed(target);
  if (existing_ == Existing::refuse && is_there(place_))
    throw_exists(target_);  // it may have appeared since it was examined
  temporary_ = claim_->file();
  descriptor_ = claim_->descriptor();
  keep_mode();
}

AtomicFile::AtomicFile(const fs::path& target, Start start, Existing existing, std::shared_ptr<Claim> claim)
    // Whether the target of a resumed run may exist depends on what other files exist.
    : AtomicFile(target, start == Start::go_on ? Existing::replace : existing, Unopened{}) {
  if (!replaces_) {
    throw IoError(formatted("'{}'", target.string()), "a run with checkpoints needs a file, not a device or a pipe");
  }
  claim_ = claim ? std::move(claim) : claimed(target);
  existing_ = existing;
  open_partial(start);
}

void AtomicFile::open_partial(Start start) {
  const fs::path partial = partial_path(target_);
  // A run that stopped normally has put its file in place already.
  const bool was_committed = start == Start::go_on && !is_there(partial);
  if (existing_ == Existing::refuse && !was_committed && is_there(place_)) throw_exists(target_);
  const fs::path& there = was_committed ? place_ : partial;
  descriptor_ = open_ours(there, start == Start::anew ? O_CREAT : 0);
  if (descriptor_ < 0 && was_committed && errno == ENOENT) {
    throw IoError(formatted("'{}' is not there", partial.string()), "it holds the recordings of the run so far",
                  "it must lie beside the checkpoint");
  }
  if (descriptor_ < 0) throw_system_error(start == Start::anew ? "write" : "go on with", there, errno);
  if (start == Start::anew ? !is_begun_by_us(descriptor_) : !may_be_continued(descriptor_)) throw_foreign(there);
  if (was_committed && rename(place_.c_str(), partial.c_str()) != 0) throw_system_error("go on with", target_, errno);
  temporary_ = partial;
  keeps_ = start == Start::go_on;
  puts_back_ = was_committed;
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) throw_system_error("read", temporary_, errno);
  size_ = static_cast<std::uint64_t>(status.st_size);
  if (start == Start::anew) {
    resize(0);
    take_over();
    size_ = 0;
  }
  if (!was_committed) keep_mode();
}

void AtomicFile::take_over() noexcept {
  puts_back_ = false;
  const std::uint64_t size = size_;
  write_at(0, std::as_bytes(std::span(unfinished_mark.data(), unfinished_mark.size())), Content::values);
  size_ = size;
}

void AtomicFile::keep_mode() noexcept {
  if (mode_ >= 0) check(fchmod(descriptor_, static_cast<mode_t>(mode_)) == 0 || errno == EPERM);
}

void require_idle(const fs::path& target) { require_unclaimed(resolved(target), target); }

void remove_partial(const fs::path& target) noexcept {
  try {
    const fs::path partial = partial_path(target);
    const int descriptor = open_ours(partial, 0);
    if (descriptor < 0) return;
    if (is_begun_by_us(descriptor)) unlink(partial.c_str());
    close(descriptor);
  } catch (const std::exception&) {  // another process holds it
    return;
  }
}

int AtomicFile::examine_target() {
  struct stat existing {};
  const bool exists = stat(target_.c_str(), &existing) == 0;
  if (!exists && errno != ENOENT) throw_system_error("write", target_, errno);
  if (target_.empty()) throw_system_error("write", target_, ENOENT);
  if (!target_.has_filename() || (exists && S_ISDIR(existing.st_mode))) throw_system_error("write", target_, EISDIR);
  // A file can be moved onto a protected file, but the protection must be respected.
  if (exists && error_code(target_) != 0) throw_system_error("write", target_, error_code(target_));
  replaces_ = !exists || S_ISREG(existing.st_mode);
  if (exists && replaces_ && existing_ == Existing::refuse) throw_exists(target_);
  return exists && replaces_ ? static_cast<int>(existing.st_mode & 07777U) : -1;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0 || (claim_ && descriptor_ == claim_->descriptor())) return;  // the claim removes its file
  if (temporary_.empty()) {
    close(descriptor_);
    return;
  }
  if (puts_back_) {
    if (!is_there(place_)) static_cast<void>(rename(temporary_.c_str(), place_.c_str()));
  } else if (!keeps_) {
    unlink(temporary_.c_str());
  }
  flock(descriptor_, LOCK_UN);  // also for a child process that has inherited it
  close(descriptor_);
}

void AtomicFile::check(bool success) noexcept {
  if (!success && failure_ == 0) failure_ = errno;
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content /*content*/) noexcept {
  size_ = std::max(size_, offset + bytes.size());
  while (!bytes.empty() && failure_ == 0) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0);
    if (written == 0 && failure_ == 0) failure_ = ENOSPC;
    if (written <= 0) continue;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

bool AtomicFile::read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept {
  const ssize_t got = read_fully(descriptor_, offset, bytes);
  check(got >= 0);
  if (got >= 0) std::fill(bytes.begin() + got, bytes.end(), std::byte{0});  // beyond the end: a hole
  return got >= 0;
}

void AtomicFile::resize(std::uint64_t size) noexcept {
  if (failure_ == 0) check(ftruncate(descriptor_, static_cast<off_t>(size)) == 0);
  size_ = size;
}

void AtomicFile::sync() {
  if (failure_ == 0) check(fsync(descriptor_) == 0);
  if (failure_ != 0) throw_system_error("write", target_, failure_);
}

void AtomicFile::commit() {
  if (failure_ != 0) throw_system_error("write", target_, failure_);
  if (!replaces_) return copy_to_target();
  sync();
  if (existing_ == Existing::refuse && is_there(place_)) give_way();
  if (rename(temporary_.c_str(), place_.c_str()) != 0) throw_system_error("write", target_, errno);
  temporary_.clear();
  if (descriptor_ == claim_->descriptor()) {
    claim_->moved();
  } else {
    flock(descriptor_, LOCK_UN);
    close(descriptor_);
  }
  descriptor_ = -1;
  claim_.reset();
  if (const int code = sync_folder_of(place_); code != 0) throw_system_error("write", target_, code);
}

/// Keeps the collected bytes, which are complete, and throws the error about a file that has appeared meanwhile.
void AtomicFile::give_way() {
  const fs::path partial = partial_path(target_);
  if (temporary_ != partial) {
    if (is_there(partial) || rename(temporary_.c_str(), partial.c_str()) != 0) throw_exists(target_);
    claim_->moved();
    temporary_ = partial;
  }
  keeps_ = true;
  throw IoError(formatted("'{}' exists already", target_.string()), "it has appeared since this began",
                formatted("what was to go there is complete in '{}'", partial.string()));
}

void AtomicFile::copy_to_target() {
  // If no process reads the pipe, this must fail and not wait for ever.
  const int out = open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (out < 0) throw_system_error("write", target_, errno);
  check(fcntl(out, F_SETFL, fcntl(out, F_GETFL) & ~O_NONBLOCK) == 0);
  std::array<std::byte, 65536> buffer{};
  std::uint64_t done = 0;
  while (done < size_ && failure_ == 0) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size_ - done));
    if (!read_at(done, std::span(buffer).first(wanted))) break;
    const ssize_t written = write(out, buffer.data(), wanted);
    if (written < 0 && errno == EINTR) continue;
    check(written >= 0);
    if (written > 0) done += static_cast<std::uint64_t>(written);
  }
  check(close(out) == 0);
  if (failure_ != 0) throw_system_error("write", target_, failure_);
}

}  // namespace sorn::io
