#include "io/hdf5/hdf5.hpp"

#include "io/files/atomic_file.hpp"
#include "io/files/checked_block.hpp"
#include "io/files/source.hpp"
#include "io/hdf5/read_driver.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <optional>
#include <span>
#include <system_error>

namespace sorn::io {

namespace {

std::mutex& hdf5_mutex() {
  static std::mutex mutex;
  return mutex;
}

herr_t keep_first_message(unsigned position, const H5E_error2_t* error, void* message) noexcept {
  try {
    if (position == 0 && error->desc != nullptr) *static_cast<std::string*>(message) = error->desc;
  } catch (...) {
    return -1;
  }
  return 0;
}

/// Starting HDF5 takes a few hundred kB, and one of its structures rarely more than a few MB.
void require_memory_for_hdf5() {
  constexpr std::size_t bytes = 8U << 20U;
  void* const room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  munmap(room, bytes);
}

/// The operating system's error code since the last failure of HDF5. Only code in a Session sets it.
int& kept_system_error() noexcept {
  static int code = 0;
  return code;
}

/// True if there was no memory for HDF5.
herr_t look_for_lack_of_memory(unsigned /*position*/, const H5E_error2_t* error, void* found) noexcept {
  if (error->maj_num == H5E_RESOURCE && (error->min_num == H5E_NOSPACE || error->min_num == H5E_CANTALLOC)) {
    *static_cast<bool*>(found) = true;
  }
  return 0;
}

int system_error() noexcept {
  const int code = std::exchange(kept_system_error(), 0);
  if (code != 0) return code;
  bool no_memory = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look_for_lack_of_memory, &no_memory);
  return no_memory ? ENOMEM : 0;
}

[[noreturn]] void throw_system_refused(const std::filesystem::path& path, int code) {
  if (code == ENOMEM) throw std::bad_alloc();
  throw_system_error("read", path, code);
}

/// Up to `count` bytes at `place`; fewer at the end of the file. @throws IoError
std::string bytes_at(int descriptor, std::uint64_t place, std::size_t count, const std::filesystem::path& path) {
  std::string bytes(count, '\0');
  const ssize_t got = read_fully(descriptor, place, std::as_writable_bytes(std::span(bytes)));
  if (got < 0) throw_system_error("read", path, errno);
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

/// The position of HDF5's part of a file: 0, or after a block of 512, 1024, 2048 … bytes.
std::optional<std::uint64_t> superblock_of(int descriptor, std::uint64_t size, const std::filesystem::path& path) {
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  for (std::uint64_t place = 0; place + signature.size() <= size; place = place == 0 ? 512 : 2 * place) {
    if (bytes_at(descriptor, place, signature.size(), path) == signature) return place;
  }
  return std::nullopt;
}

/// True if the file begins with an old superblock, without a checksum that HDF5 could check.
bool has_old_superblock(int descriptor, const std::filesystem::path& path) {
  const std::string bytes = bytes_at(descriptor, 0, 9, path);
  return bytes.size() == 9 && !has_checksum(H5FD_MEM_SUPER, std::as_bytes(std::span(bytes)));
}

std::string innermost_message() {
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_message, &message);
  return message.empty() ? std::string("HDF5 gives no reason") : "HDF5: " + message;
}

}  // namespace

Hdf5Failure::Hdf5Failure(std::string_view action)
    : std::runtime_error(std::string(action)),
      action_(action),
      reason_(innermost_message()),
      system_error_(system_error()) {}

void Hdf5Failure::throw_if_system_refused(const std::filesystem::path& path) const {
  if (system_error_ != 0) throw_system_refused(path, system_error_);
}

void remember_system_error(int code) noexcept {
  if (kept_system_error() == 0) kept_system_error() = code;
}

void require(herr_t status, std::string_view action) {
  if (status < 0) throw Hdf5Failure(action);
}

Session::Session() : Session((require_memory_for_hdf5(), Closing::only)) {}

Session::Session(Closing /*only*/) noexcept : lock_(hdf5_mutex()) {
  // This program closes all that it opens. At exit, HDF5 could only complain about objects that it lost itself because
  // of a damaged file.
  [[maybe_unused]] static const herr_t no_exit_handler = H5dont_atexit();
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

Handle open_file(const std::filesystem::path& path, Structures allowed, Seal seal) {
  // The file is opened here, and all is read from this descriptor. HDF5 reports a missing file, or too many open files,
  // as a damaged file; and a name may lead to another file a moment later.
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) close(number);
    }
  } descriptor{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) throw_system_error("read", path, errno);
  struct stat status {};
  if (fstat(descriptor.number, &status) != 0) throw_system_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_system_error("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    throw IoError(formatted("cannot read '{}'", path.string()), "an HDF5 file must be a regular file");
  }
  SealState state = SealState::missing;
  try {
    state = state_of_seal(descriptor.number);
  } catch (const std::system_error& error) {
    throw_system_refused(path, error.code().value());
  }
  const auto refuse = [&](std::string rule, std::string suggestion = {}) {
    return FormatError(formatted("'{}'", path.string()), std::move(rule), std::move(suggestion));
  };
  if (state == SealState::broken) throw refuse("the file is damaged: its checksum differs");
  if (state == SealState::missing && seal == Seal::required) {
    throw refuse("not a checkpoint, or damaged at its beginning");
  }
  if (!superblock_of(descriptor.number, static_cast<std::uint64_t>(status.st_size), path)) {
    throw refuse("not an HDF5 file",
                 path.extension() == ".partial"
                     ? "the run that writes it is not over: its checkpoints can be read, and resumed"
                     : advice_on_content(bytes_at(descriptor.number, 0, 16, path)));
  }
  const bool old = has_old_superblock(descriptor.number, path);
  kept_system_error() = 0;
  const Handle access = access_for_reading(descriptor.number, allowed);  // closing this would clear HDF5's message
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file >= 0) return {file, H5Fclose, "open the file"};
  if (const int code = system_error(); code != 0) throw_system_refused(path, code);
  if (allowed == Structures::with_checksums && old) throw refuse("a foreign HDF5 file", "sorn writes newer structures");
  throw refuse("the file is truncated or damaged", innermost_message());
}

void require_member(hid_t parent, const char* name, std::string_view kind) {
  const htri_t exists = H5Lexists(parent, name, H5P_DEFAULT);
  require(exists, formatted("find {} '{}'", kind, name));
  if (exists == 0) throw FormatError(formatted("{} '{}'", kind, name), "is missing");
  H5L_info_t info{};
  require(H5Lget_info(parent, name, &info, H5P_DEFAULT), formatted("find {} '{}'", kind, name));
  if (info.type != H5L_TYPE_HARD) throw FormatError(formatted("{} '{}'", kind, name), "must not be a link");
}

void leave_out_times(hid_t creation) {
  require(H5Pset_obj_track_times(creation, false), "leave out the time of writing");
}

Handle create_group(hid_t parent, const char* name) {
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "make group properties");
  leave_out_times(creation);
  require(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "set group properties");
  return {H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose, formatted("create group '{}'", name)};
}

Handle open_group(hid_t parent, const char* name) {
  require_member(parent, name, "group");
  return {H5Gopen2(parent, name, H5P_DEFAULT), H5Gclose, formatted("open group '{}'", name)};
}

std::vector<std::string> member_names(hid_t group) {
  const Handle opened(H5Gopen2(group, ".", H5P_DEFAULT), H5Gclose, "open a group");  // `group` may be a file
  const Handle creation(H5Gget_create_plist(opened), H5Pclose, "read group properties");
  unsigned order = 0;
  require(H5Pget_link_creation_order(creation, &order), "read group properties");
  const auto index = (order & H5P_CRT_ORDER_TRACKED) != 0 ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  H5G_info_t info{};
  require(H5Gget_info(group, &info), "count the members of a group");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto length = H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
    if (length < 0) throw Hdf5Failure("list a group");
    std::string name(static_cast<std::size_t>(length) + 1, '\0');
    if (H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT) < 0) {
      throw Hdf5Failure("list a group");
    }
    name.pop_back();
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace sorn::io
