#include "io/hdf5/file_driver.hpp"

#include "io/hdf5/driver.hpp"
#include "io/hdf5/read_driver.hpp"

#include <new>
#include <optional>
#include <span>

namespace sorn::io {

namespace {

/// What HDF5 hands back to the functions below. HDF5 knows its first member only.
struct DriverFile {
  H5FD_t base;
  Storage* file;
  haddr_t end_of_allocation;
  std::optional<StructureChecks> checks;
};

/// The driver's part of the access properties.
struct DriverInfo {
  Storage* file;
  Origin origin;
};

DriverFile& ours(H5FD_t* file) noexcept { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& ours(const H5FD_t* file) noexcept { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*max_address*/) noexcept {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  auto* opened = new (std::nothrow) DriverFile{{}, info->file, 0, {}};
  if (opened != nullptr && info->origin == Origin::foreign) opened->checks.emplace(Structures::with_checksums);
  return reinterpret_cast<H5FD_t*>(opened);
}

herr_t close_file(H5FD_t* file) noexcept {
  delete &ours(file);
  return 0;
}

herr_t query(const H5FD_t* file, unsigned long* flags) noexcept {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
           H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  // Structures that are to be recognised must be read each by itself. HDF5 may ask for the driver, without a file.
  if (file == nullptr || !ours(file).checks) *flags |= H5FD_FEAT_ACCUMULATE_METADATA;
  return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) noexcept {
  ours(file).end_of_allocation = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).file->size(); }

herr_t read(H5FD_t* file, H5FD_mem_t kind, hid_t /*transfer*/, haddr_t address, size_t size, void* buffer) noexcept {
  DriverFile& f = ours(file);
  const std::span bytes(static_cast<std::byte*>(buffer), size);
  if (!f.file->read_at(address, bytes)) {
    remember_system_error(f.file->failure());
    return -1;
  }
  return !f.checks || f.checks->accept(kind, address, bytes, f.file->size()) ? 0 : -1;
}

herr_t write(H5FD_t* file, H5FD_mem_t type, hid_t /*transfer*/, haddr_t address, size_t size,
             const void* buffer) noexcept {
  const std::span bytes(static_cast<const std::byte*>(buffer), size);
  const bool values = type == H5FD_MEM_DRAW && !is_heap(bytes);  // a heap is rewritten like a structure
  ours(file).file->write_at(address, bytes, values ? Content::values : Content::structure);
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) noexcept {
  DriverFile& f = ours(file);
  if (f.end_of_allocation != f.file->size()) f.file->resize(f.end_of_allocation);
  return 0;
}

H5FD_class_t driver_class() noexcept {
  auto driver = blank_driver<DriverInfo>("sorn_atomic_file", 600);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = end_of_file;
  driver.read = read;
  driver.write = write;
  driver.truncate = truncate;
  return driver;
}

}  // namespace

Handle access_through(Storage& storage, Origin origin) {
  static const hid_t driver = register_driver(driver_class());
  return access_properties(driver, DriverInfo{&storage, origin});
}

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
