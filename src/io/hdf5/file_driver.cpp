#include "io/hdf5/file_driver.hpp"

#include "io/hdf5/driver.hpp"
#include "io/hdf5/read_driver.hpp"

#include <optional>
#include <span>

namespace sorn::io {

namespace {

/// A file of HDF5 whose bytes are in a Storage.
struct StoredFile {
  static constexpr const char* name = "sorn_atomic_file";
  [[maybe_unused]] static constexpr int number = 600;
  struct Info {
    Storage* storage;
    Origin origin;
  };

  bool open(const Info& info) noexcept {
    storage = info.storage;
    if (info.origin == Origin::foreign) checks.emplace(Structures::with_checksums);
    return true;
  }

  static unsigned long features(const StoredFile* file) noexcept {
    const unsigned long always = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
                                 H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    // The checks recognise structures only if each is read by itself.
    return file != nullptr && file->checks ? always : always | H5FD_FEAT_ACCUMULATE_METADATA;
  }

  haddr_t size() const noexcept { return storage->size(); }

  bool read(H5FD_mem_t kind, haddr_t address, std::span<std::byte> bytes) noexcept {
    if (!storage->read_at(address, bytes)) {
      remember_system_error(storage->failure());
      return false;
    }
    return !checks || checks->accept(kind, address, bytes, size());
  }

  bool write(H5FD_mem_t kind, haddr_t address, std::span<const std::byte> bytes) const noexcept {
    const bool values = kind == H5FD_MEM_DRAW && !is_heap(bytes);  // a heap is rewritten like a structure
    storage->write_at(address, bytes, values ? Content::values : Content::structure);
    return true;
  }

  void resize(haddr_t bytes) const noexcept { storage->resize(bytes); }

  Storage* storage = nullptr;
  std::optional<StructureChecks> checks{};
};

}  // namespace

Handle access_through(Storage& storage, Origin origin) { return access_properties<StoredFile>({&storage, origin}); }

Handle create_file(Storage& storage, hsize_t user_block) {
  const Handle access = access_through(storage);
  // The newest structures of HDF5 1.10 carry checksums, so that damage is found when the file is read.
  require(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110), "set the file's version");
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "make file properties");
  leave_out_times(creation);
  require(H5Pset_userblock(creation, user_block), "set the user block");
  return {H5Fcreate("result", H5F_ACC_TRUNC, creation, access), H5Fclose, "create the file"};
}

}  // namespace sorn::io
