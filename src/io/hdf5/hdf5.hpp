// A wrapper of the HDF5 C library: every handle has an owner, every call is checked, and HDF5 prints nothing.
//
// A failure of HDF5 is thrown as Hdf5Failure, and wrong content of a file as FormatError without the file's name.
// naming(), write_hdf5() and read_inputs() add the name and turn both into the errors of the public header.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sorn::io {

/// A failure of HDF5: the action that failed, and the innermost message of HDF5's error stack.
class Hdf5Failure : public std::runtime_error {
public:
  explicit Hdf5Failure(std::string_view action);
  const std::string& action() const noexcept { return action_; }
  const std::string& reason() const noexcept { return reason_; }
  /// Throws the error of the operating system, if it caused this failure. Then the file itself is not wrong.
  /// @throws IoError that names the file, std::bad_alloc
  void throw_if_system_refused(const std::filesystem::path& path) const;

private:
  std::string action_;
  std::string reason_;
  int system_error_ = 0;
};

/// Stores the operating system's error code when a driver of ours could not read. HDF5 cannot report it.
void remember_system_error(int code) noexcept;

/// Throws Hdf5Failure if a call returned a negative status.
void require(herr_t status, std::string_view action);

/// During its lifetime, only this thread uses HDF5, which need not be thread-safe, and HDF5 prints no errors.
class Session {
public:
  /// @throws std::bad_alloc if there is too little memory for HDF5, which often crashes if an allocation fails
  Session();
  /// For code that only closes handles, which needs no memory.
  enum class Closing : std::uint8_t { only };
  explicit Session(Closing only) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

private:
  std::lock_guard<std::mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

/// Owns an HDF5 identifier.
class Handle {
public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  /// @throws Hdf5Failure if `id` is not valid
  Handle(hid_t id, Close close, std::string_view action) : id_(id), close_(close) {
    if (id < 0) throw Hdf5Failure(action);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  /// Closes the handle now, for handles whose closing can fail. @throws Hdf5Failure
  void close_now(std::string_view action) { require(close_(std::exchange(id_, H5I_INVALID_HID)), action); }

  operator hid_t() const noexcept { return id_; }  // NOLINT(google-explicit-constructor)

private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Which structures an HDF5 file may have. Other programs usually write structures without checksums, whose content
/// HDF5 does not check. This program never does.
enum class Structures : std::uint8_t { with_checksums, any };

/// Whether a file must begin with a block that seals its content (checked_block.hpp). If it does, it is always checked.
enum class Seal : std::uint8_t { optional, required };

/// Opens an HDF5 file for reading. The path is resolved only once.
/// @throws IoError if the system refuses, FormatError if it is not a whole HDF5 file, std::bad_alloc
Handle open_file(const std::filesystem::path& path, Structures allowed = Structures::with_checksums,
                 Seal seal = Seal::optional);

/// Leaves the time of writing out of a new object, so that the same content gives the same bytes.
void leave_out_times(hid_t creation);

/// A new group whose members keep the order in which they are written.
Handle create_group(hid_t parent, const char* name);

/// Checks that a member with this name is in the file itself: a link could lead to any other file of the user.
/// @throws FormatError that calls it a `kind`
void require_member(hid_t parent, const char* name, std::string_view kind);

/// @throws FormatError if it is not there
Handle open_group(hid_t parent, const char* name);

/// Names of the members of a group or of a file's root, in the order of writing if the file stores it.
std::vector<std::string> member_names(hid_t group);

/// The in-memory HDF5 type of T.
template <class T>
hid_t native_type() noexcept {
  if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
}

}  // namespace sorn::io
