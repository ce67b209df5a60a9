#include "io/files/claim.hpp"

#include "io/files/atomic_file.hpp"
#include "io/files/checksum.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace sorn::io {

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr std::string_view prefix = ".sorn-";
constexpr std::string_view suffix = ".tmp";
constexpr std::size_t hash_digits = 16;

/// The name is short, so that it is valid wherever the target's name is.
fs::path claim_name(const fs::path& place) {
  const std::string name = place.filename().string();
  const std::uint64_t hash = crc64(std::as_bytes(std::span(name.data(), name.size())));
  return place.parent_path() / formatted("{}{:016x}{}", prefix, hash, suffix);
}

/// A name that no other process on this machine uses now.
fs::path unshared_name(const fs::path& place) {
  static std::atomic<unsigned> counter{0};
  return place.parent_path() / formatted("{}{}-{}{}", prefix, getpid(), counter++, suffix);
}

int make_new(const fs::path& name) noexcept {
  return open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/// Opens a file that may be a claim. Does not follow links or wait for the other end of a pipe.
int open_found(const fs::path& name) noexcept {
  return open(name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

enum class Found : std::uint8_t { nothing, removed, held, strange };

/// Examines the file with the name of a temporary file, and removes it if a killed writer left it.
Found look_at(const fs::path& name) noexcept {
  // A process that only examines the file holds the lock for a moment, too. A writer holds it for longer than this.
  constexpr int looks = 100;
  for (int look = 0; look < looks; ++look) {
    if (look > 0) std::this_thread::sleep_for(1ms);
    const int descriptor = open_found(name);
    if (descriptor < 0) return errno == ENOENT ? Found::nothing : Found::strange;
    struct stat status {};
    const bool ours = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1;
    const Lock locked = ours ? lock(descriptor) : Lock::impossible;
    const bool gone = locked == Lock::taken && is_only_name_of(name, descriptor) && unlink(name.c_str()) == 0;
    if (locked == Lock::taken) flock(descriptor, LOCK_UN);
    close(descriptor);
    if (gone) return Found::removed;
    if (locked == Lock::impossible) return Found::strange;
  }
  return Found::held;
}

bool are_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

/// Whether a file with this name is a temporary file of this program whose process may have ended.
bool may_be_abandoned(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() <= prefix.size() + suffix.size()) {
    return false;
  }
  const std::string_view middle = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  if (middle.size() == hash_digits && are_digits(middle, "0123456789abcdef")) return true;
  const std::size_t dash = middle.find('-');
  if (dash == std::string_view::npos) return false;
  const std::string_view process = middle.substr(0, dash);
  if (!are_digits(process, "0123456789") || !are_digits(middle.substr(dash + 1), "0123456789")) return false;
  pid_t number = 0;
  const auto parsed = std::from_chars(process.data(), process.data() + process.size(), number);
  return parsed.ec == std::errc{} && number > 0 && kill(number, 0) != 0 && errno == ESRCH;
}

/// Whether to search a folder now. A large folder, such as that of a million runs, is searched once a minute.
class Looks {
public:
  bool is_due(const fs::path& folder) {
    const std::lock_guard guard(mutex_);
    const auto found = next_.find(folder);
    return found == next_.end() || std::chrono::steady_clock::now() >= found->second;
  }
  void done(const fs::path& folder, std::size_t files) {
    constexpr std::size_t large = 1000;
    const std::lock_guard guard(mutex_);
    if (files < large) {
      next_.erase(folder);
    } else {
      next_[folder] = std::chrono::steady_clock::now() + 1min;
    }
  }

private:
  std::mutex mutex_;
  std::map<fs::path, std::chrono::steady_clock::time_point> next_;
};

[[noreturn]] void throw_held(const fs::path& target) {
  throw IoError(formatted("'{}'", target.string()), "another process is writing it", "let it end first");
}

}  // namespace

bool is_only_name_of(const fs::path& name, int descriptor) noexcept {
  struct stat open_file {};
  struct stat named {};
  return fstat(descriptor, &open_file) == 0 && lstat(name.c_str(), &named) == 0 && S_ISREG(named.st_mode) &&
         open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino && open_file.st_nlink == 1;
}

Lock lock(int descriptor) noexcept {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    return errno == EWOULDBLOCK ? Lock::held_by_another : Lock::impossible;
  }
  return Lock::taken;
}

Claim::Claim(const fs::path& place, const fs::path& target) {
  const fs::path name = claim_name(place);
  for (;;) {
    if (make(name, target)) return;
    const Found found = look_at(name);
    if (found == Found::held) throw_held(target);
    if (found != Found::strange) continue;
    do {  // a killed process with the same number may have left a file with this name
      file_ = unshared_name(place);
      descriptor_ = make_new(file_);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ >= 0) {
      static_cast<void>(lock(descriptor_));  // so that no process takes it for an abandoned file
      return;
    }
    const int code = errno;
    file_.clear();
    throw_system_error("write", target, code);
  }
}

/// Makes the file and locks it. False: the name is taken.
bool Claim::make(const fs::path& name, const fs::path& target) {
  const int descriptor = make_new(name);
  if (descriptor < 0) {
    if (errno == EEXIST) return false;
    throw_system_error("write", target, errno);
  }
  // Before the lock was taken, another process may have removed the file as an abandoned one.
  const Lock locked = lock(descriptor);
  if (locked == Lock::impossible || (locked == Lock::taken && is_only_name_of(name, descriptor))) {
    descriptor_ = descriptor;
    file_ = name;
    return true;
  }
  close(descriptor);
  return false;
}

Claim::~Claim() {
  if (!file_.empty()) unlink(file_.c_str());
  if (descriptor_ < 0) return;
  flock(descriptor_, LOCK_UN);  // also for a child process that has inherited it
  close(descriptor_);
}

void require_unclaimed(const fs::path& place, const fs::path& target) {
  if (look_at(claim_name(place)) == Found::held) throw_held(target);
}

void remove_abandoned(const fs::path& place) noexcept {
  static Looks looks;
  try {
    const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
    if (!looks.is_due(folder)) return;
    std::size_t files = 0;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
      ++files;
      const fs::path& path = entry->path();
      if (!may_be_abandoned(path.filename().native())) continue;
      const int descriptor = open_found(path);
      if (descriptor < 0) continue;
      if (is_only_name_of(path, descriptor) && lock(descriptor) == Lock::taken) {
        if (is_only_name_of(path, descriptor)) unlink(path.c_str());
        flock(descriptor, LOCK_UN);
      }
      close(descriptor);
    }
    looks.done(folder, files);
  } catch (const std::exception&) {
    return;  // too little memory for a name
  }
}

}  // namespace sorn::io
