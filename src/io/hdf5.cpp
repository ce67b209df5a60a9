#include "io/hdf5.hpp"

#include "io/atomic_file.hpp"
#include "io/checked_block.hpp"
#include "io/read_driver.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

/// True if the file begins as those do of which HDF5 checks nothing.
bool has_old_superblock(int descriptor) {
  std::array<std::byte, 9> bytes{};
  return pread(descriptor, bytes.data(), bytes.size(), 0) == ssize_t{bytes.size()} &&
         !has_checksum(H5FD_MEM_SUPER, bytes);
}

std::string innermost_message() {
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_message, &message);
  return message.empty() ? std::string("HDF5 gives no reason") : "HDF5: " + message;
}

}  // namespace

Hdf5Failure::Hdf5Failure(std::string_view action)
    : std::runtime_error(std::string(action)), action_(action), reason_(innermost_message()) {}

void require(herr_t status, std::string_view action) {
  if (status < 0) throw Hdf5Failure(action);
}

Session::Session() : lock_(hdf5_mutex()) {
  // We close what we open. At exit HDF5 could only complain of what a damaged file made it lose itself.
  [[maybe_unused]] static const herr_t no_exit_handler = H5dont_atexit();
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() { H5Eset_auto2(H5E_DEFAULT, print_, print_data_); }

Handle open_file(const std::filesystem::path& path, Structures allowed, Seal seal) {
  // Asked of the system first: HDF5 does not tell a missing file from a damaged one.
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) close(number);
    }
  } const descriptor{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) throw_system_error("read", path, errno);
  struct stat status {};
  if (fstat(descriptor.number, &status) != 0) throw_system_error("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw_system_error("read", path, EISDIR);
  if (!S_ISREG(status.st_mode)) {
    throw IoError(fmt::format("cannot read '{}'", path.string()), "an HDF5 file must be a regular file");
  }
  const SealState state = state_of_seal(descriptor.number);
  if (state == SealState::broken || (state == SealState::missing && seal == Seal::required)) {
    throw FormatError(fmt::format("'{}'", path.string()), state == SealState::broken
                                                              ? "the file is damaged: its checksum differs"
                                                              : "not a checkpoint, or damaged at its beginning");
  }
  if (H5Fis_hdf5(path.c_str()) <= 0) {
    const bool partial = path.extension() == ".partial";
    throw FormatError(fmt::format("'{}'", path.string()), "not an HDF5 file",
                      partial ? "the run that writes it is not over: its checkpoints can be read, and resumed" : "");
  }
  const Handle access = access_for_reading(descriptor.number, allowed);  // closing it would clear HDF5's message
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (file < 0) {
    if (allowed == Structures::with_checksums && has_old_superblock(descriptor.number)) {
      throw FormatError(fmt::format("'{}'", path.string()), "a foreign HDF5 file", "sorn writes newer structures");
    }
    throw FormatError(fmt::format("'{}'", path.string()), "the file is truncated or damaged", innermost_message());
  }
  return {file, H5Fclose, "open the file"};
}

void require_member(hid_t parent, const char* name, std::string_view kind) {
  const htri_t exists = H5Lexists(parent, name, H5P_DEFAULT);
  require(exists, fmt::format("find {} '{}'", kind, name));
  if (exists == 0) throw FormatError(fmt::format("{} '{}'", kind, name), "is missing");
  H5L_info_t info{};
  require(H5Lget_info(parent, name, &info, H5P_DEFAULT), fmt::format("find {} '{}'", kind, name));
  if (info.type != H5L_TYPE_HARD) throw FormatError(fmt::format("{} '{}'", kind, name), "must not be a link");
}

void leave_out_times(hid_t creation) {
  require(H5Pset_obj_track_times(creation, false), "leave out the time of writing");
}

Handle create_group(hid_t parent, const char* name) {
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "make group properties");
  leave_out_times(creation);
  require(H5Pset_link_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED), "set group properties");
  return {H5Gcreate2(parent, name, H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose,
          fmt::format("create group '{}'", name)};
}

Handle open_group(hid_t parent, const char* name) {
  require_member(parent, name, "group");
  return {H5Gopen2(parent, name, H5P_DEFAULT), H5Gclose, fmt::format("open group '{}'", name)};
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
