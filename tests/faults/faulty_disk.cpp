// Simulates a failing disk for programs that are started with LD_PRELOAD=<this library>. Environment variables:
//
//   FAULTY_UNDER   folder of the affected files
//   FAULTY_CALLS   kinds of affected calls, from read,write,fsync,rename,truncate,open (only of files that open may
//                  make),look (other opens),flock,unlink
//   FAULTY_AT      number of the call that fails, from 1; unset: none fails
//   FAULTY_STAYS   1: the calls after it fail, too, as on a full disk
//   FAULTY_ERROR   errno of a call that fails; unset: a write writes half of its bytes, and other calls succeed
//   FAULTY_MEET    the call does not fail, but makes the file <this>.reached and waits until the file <this>.go exists
//   FAULTY_LOG     file that receives a line "<kind> <path>" for each of these calls
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

/// The function that this library replaces.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string_view setting(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

int number(const char* name) {
  const std::string_view value = setting(name);
  return value.empty() ? 0 : std::atoi(value.data());
}

std::string path_of(int descriptor) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  return length < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

std::string path_of(const char* path) {
  if (path[0] == '/') return path;
  std::array<char, PATH_MAX> folder{};
  return getcwd(folder.data(), folder.size()) == nullptr ? std::string(path)
                                                         : folder.data() + ('/' + std::string(path));
}

bool concerns(std::string_view kind, std::string_view path) {
  const std::string_view folder = setting("FAULTY_UNDER");
  const std::string kinds = ',' + std::string(setting("FAULTY_CALLS")) + ',';
  return !folder.empty() && path.substr(0, folder.size()) == folder &&
         kinds.find(',' + std::string(kind) + ',') != std::string::npos;
}

void log(std::string_view kind, std::string_view path) {
  const std::string_view file = setting("FAULTY_LOG");
  if (file.empty()) return;
  static auto* const real_open = next<int(const char*, int, ...)>("open");
  static auto* const real_write = next<ssize_t(int, const void*, size_t)>("write");
  const std::string line = std::string(kind) + ' ' + std::string(path) + '\n';
  const int descriptor = real_open(file.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  static_cast<void>(real_write(descriptor, line.data(), line.size()));
  close(descriptor);
}

/// Waits before this call until another process has acted.
void wait_for_another(std::string_view meeting) {
  const std::string reached = std::string(meeting) + ".reached";
  const std::string go = std::string(meeting) + ".go";
  static auto* const real_open = next<int(const char*, int, ...)>("open");
  close(real_open(reached.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  while (access(go.c_str(), F_OK) != 0) usleep(500);
}

/// Whether this call must fail.
bool is_struck(std::string_view kind, const std::string& path) {
  static std::atomic<int> calls{0};
  if (!concerns(kind, path)) return false;
  log(kind, path);
  const int call = ++calls;
  const int at = number("FAULTY_AT");
  if (const auto meeting = setting("FAULTY_MEET"); !meeting.empty()) {
    if (call == at) wait_for_another(meeting);
    return false;
  }
  return at > 0 && (call == at || (call > at && number("FAULTY_STAYS") == 1));
}

/// Returns true and sets errno if this call fails.
bool fails(std::string_view kind, const std::string& path) {
  if (!is_struck(kind, path)) return false;
  errno = number("FAULTY_ERROR");
  return errno != 0;
}

/// The number of bytes that a write of `size` bytes may write; −1 if it fails.
ssize_t writable(int descriptor, size_t size) {
  if (!is_struck("write", path_of(descriptor))) return static_cast<ssize_t>(size);
  errno = number("FAULTY_ERROR");
  return errno != 0 ? -1 : static_cast<ssize_t>(std::max<size_t>(size / 2, std::min<size_t>(size, 1)));
}

template <class Offset>
ssize_t write_at(const char* name, int descriptor, const void* bytes, size_t size, Offset offset) {
  const ssize_t now = writable(descriptor, size);
  if (now < 0) return -1;
  return next<ssize_t(int, const void*, size_t, Offset)>(name)(descriptor, bytes, static_cast<size_t>(now), offset);
}

bool open_fails(int folder, const char* path, int flags) {
  const bool beside = path[0] != '/' && folder != AT_FDCWD;
  return fails((flags & O_CREAT) != 0 ? "open" : "look", beside ? path_of(folder) + '/' + path : path_of(path));
}

mode_t mode_of(int flags, va_list arguments) { return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0; }

}  // namespace

// Programs that are built with _FILE_OFFSET_BITS=64 call the names with 64.
#define SORN_OPEN(NAME)                                    \
  int NAME(const char* path, int flags, ...) {             \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t mode = mode_of(flags, arguments);         \
    va_end(arguments);                                     \
    if (open_fails(AT_FDCWD, path, flags)) return -1;      \
    return next<decltype(NAME)>(#NAME)(path, flags, mode); \
  }
#define SORN_OPENAT(NAME)                                          \
  int NAME(int folder, const char* path, int flags, ...) {         \
    va_list arguments;                                             \
    va_start(arguments, flags);                                    \
    const mode_t mode = mode_of(flags, arguments);                 \
    va_end(arguments);                                             \
    if (open_fails(folder, path, flags)) return -1;                \
    return next<decltype(NAME)>(#NAME)(folder, path, flags, mode); \
  }

extern "C" {

SORN_OPEN(open)
SORN_OPEN(open64)
SORN_OPENAT(openat)
SORN_OPENAT(openat64)

ssize_t write(int descriptor, const void* bytes, size_t size) {
  const ssize_t now = writable(descriptor, size);
  return now < 0 ? -1 : next<decltype(write)>("write")(descriptor, bytes, static_cast<size_t>(now));
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  return write_at("pwrite", descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  return write_at("pwrite64", descriptor, bytes, size, offset);
}

ssize_t read(int descriptor, void* bytes, size_t size) {
  return fails("read", path_of(descriptor)) ? -1 : next<decltype(read)>("read")(descriptor, bytes, size);
}

ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
  return fails("read", path_of(descriptor)) ? -1 : next<decltype(pread)>("pread")(descriptor, bytes, size, offset);
}

ssize_t pread64(int descriptor, void* bytes, size_t size, off64_t offset) {
  return fails("read", path_of(descriptor)) ? -1 : next<decltype(pread64)>("pread64")(descriptor, bytes, size, offset);
}

int fsync(int descriptor) {
  return fails("fsync", path_of(descriptor)) ? -1 : next<decltype(fsync)>("fsync")(descriptor);
}

int fdatasync(int descriptor) {
  return fails("fsync", path_of(descriptor)) ? -1 : next<decltype(fdatasync)>("fdatasync")(descriptor);
}

int ftruncate(int descriptor, off_t size) noexcept {
  return fails("truncate", path_of(descriptor)) ? -1 : next<int(int, off_t)>("ftruncate")(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) noexcept {
  return fails("truncate", path_of(descriptor)) ? -1 : next<int(int, off64_t)>("ftruncate64")(descriptor, size);
}

int rename(const char* from, const char* to) noexcept {
  return fails("rename", path_of(to)) ? -1 : next<int(const char*, const char*)>("rename")(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  if (fails("rename", path_of(to))) return -1;
  return next<int(int, const char*, int, const char*)>("renameat")(from_folder, from, to_folder, to);
}

int flock(int descriptor, int operation) noexcept {
  return fails("flock", path_of(descriptor)) ? -1 : next<int(int, int)>("flock")(descriptor, operation);
}

int unlink(const char* path) noexcept {
  return fails("unlink", path_of(path)) ? -1 : next<int(const char*)>("unlink")(path);
}

}  // extern "C"
