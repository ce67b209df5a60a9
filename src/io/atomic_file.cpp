#include "io/atomic_file.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sorn::io {

namespace fs = std::filesystem;

namespace {

// A path that no file of the user has; short, so that it exists wherever the target may.
fs::path temporary_name() {
  static std::atomic<unsigned> counter{0};
  return fmt::format(".sorn-{}-{}.tmp", getpid(), counter++);
}

/// What to try when the system says `code`.
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

void lock_for(int descriptor, const fs::path& target) {
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;  // not every file system can lock
  throw IoError(fmt::format("'{}'", target.string()), "another process is writing it", "let it end first");
}

}  // namespace

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code unknown;  // of a file that does not exist yet
  return !a.empty() && (a == b || fs::equivalent(a, b, unknown));
}

fs::path resolved(const fs::path& path) {
  std::error_code failed;
  if (fs::is_symlink(fs::symlink_status(path, failed))) {
    if (auto target = fs::weakly_canonical(path, failed); !failed) return target;
  }
  return path;
}

int sync_folder_of(const fs::path& path) noexcept {
  const int descriptor = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return 0;  // a folder that one may write to, but not list
  int code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  if (code == EINVAL || code == ENOTSUP || code == EROFS) code = 0;  // this file system cannot
  return code;
}

fs::path partial_path(const fs::path& target) {
  fs::path path = resolved(target);
  path += ".partial";
  return path;
}

void throw_system_error(std::string_view action, const fs::path& path, int code) {
  throw IoError(fmt::format("cannot {} '{}'", action, path.string()), std::generic_category().message(code),
                advice(code));
}

void require_writable(const fs::path& target) { static_cast<void>(AtomicFile(target, AtomicFile::Unopened{})); }

AtomicFile::AtomicFile(const fs::path& target, Unopened /*tag*/) : target_(target), place_(resolved(target)) {
  mode_ = examine_target();
  if (!replaces_) return;
  if (const int code = error_code(folder_of(place_)); code != 0) throw_system_error("write", target, code);
}

AtomicFile::AtomicFile(const fs::path& target) : AtomicFile(target, Unopened{}) {
  std::error_code ignored;
  const fs::path folder = replaces_ ? place_.parent_path() : fs::temp_directory_path(ignored);
  fs::path unused;
  do {  // a process of the same number, which was killed, may have left the name behind
    unused = folder / temporary_name();
    descriptor_ = open(unused.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) throw_system_error("write", target, errno);
  temporary_ = unused;
  keep_mode();
}

AtomicFile::AtomicFile(const fs::path& target, const fs::path& temporary) : AtomicFile(target, Unopened{}) {
  unlink(temporary.c_str());
  descriptor_ = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw_system_error("write", target, errno);
  temporary_ = temporary;
  keep_mode();
}

AtomicFile::AtomicFile(const fs::path& target, Start start) : AtomicFile(target, Unopened{}) {
  if (!replaces_) {
    throw IoError(fmt::format("'{}'", target.string()), "a run with checkpoints needs a file, not a device or a pipe");
  }
  const fs::path partial = partial_path(target);
  // A run that was stopped in order has put its file in place already.
  const bool was_committed = start == Start::go_on && access(partial.c_str(), F_OK) != 0;
  const fs::path& there = was_committed ? place_ : partial;
  descriptor_ = open(there.c_str(), O_RDWR | (start == Start::anew ? O_CREAT : 0) | O_CLOEXEC, 0666);
  if (descriptor_ < 0 && was_committed && errno == ENOENT) {
    throw IoError(fmt::format("'{}' is not there", partial.string()), "it holds the recordings of the run so far",
                  "it must lie beside the checkpoint");
  }
  if (descriptor_ < 0) throw_system_error(start == Start::anew ? "write" : "go on with", there, errno);
  lock();
  if (was_committed && rename(place_.c_str(), partial.c_str()) != 0) throw_system_error("go on with", target, errno);
  temporary_ = partial;
  keeps_ = start == Start::go_on;
  puts_back_ = was_committed;
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) throw_system_error("read", temporary_, errno);
  size_ = static_cast<std::uint64_t>(status.st_size);
  if (start == Start::anew) resize(0);
  if (!was_committed) keep_mode();
}

void AtomicFile::keep_mode() noexcept {
  if (mode_ >= 0) check(fchmod(descriptor_, static_cast<mode_t>(mode_)) == 0 || errno == EPERM);
}

void AtomicFile::lock() { lock_for(descriptor_, target_); }

void require_idle(const fs::path& target) {
  const int descriptor = open(partial_path(target).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  try {
    lock_for(descriptor, target);
  } catch (...) {
    close(descriptor);
    throw;
  }
  close(descriptor);
}

int AtomicFile::examine_target() {
  struct stat existing {};
  const bool exists = stat(target_.c_str(), &existing) == 0;
  if (!exists && errno != ENOENT) throw_system_error("write", target_, errno);
  if (target_.empty()) throw_system_error("write", target_, ENOENT);
  if (!target_.has_filename() || (exists && S_ISDIR(existing.st_mode))) throw_system_error("write", target_, EISDIR);
  // Moving a file there would succeed even if the one that is there is protected: respect that.
  if (exists && error_code(target_) != 0) throw_system_error("write", target_, error_code(target_));
  replaces_ = !exists || S_ISREG(existing.st_mode);
  return exists && replaces_ ? static_cast<int>(existing.st_mode & 07777U) : -1;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (temporary_.empty()) return;
  if (puts_back_) {
    static_cast<void>(rename(temporary_.c_str(), place_.c_str()));
  } else if (!keeps_) {
    unlink(temporary_.c_str());
  }
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
  while (!bytes.empty()) {
    const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    check(got >= 0);
    if (got < 0) return false;
    if (got == 0) {  // beyond the end: a hole
      std::fill(bytes.begin(), bytes.end(), std::byte{0});
      return true;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
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
  if (rename(temporary_.c_str(), place_.c_str()) != 0) throw_system_error("write", target_, errno);
  temporary_.clear();
  close(std::exchange(descriptor_, -1));  // and with it the lock
  if (const int code = sync_folder_of(place_); code != 0) throw_system_error("write", target_, code);
}

void AtomicFile::copy_to_target() {
  // A pipe that nobody reads is an error, not a reason to wait for ever.
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
