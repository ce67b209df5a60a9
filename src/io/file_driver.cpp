#include "io/file_driver.hpp"

#include <hdf5.h>
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <limits>
#include <new>

namespace sorn::io {

namespace {

/// What HDF5 hands back to the functions below. HDF5 knows its first member only.
struct DriverFile {
  H5FD_t base;
  AtomicFile* file;
  haddr_t end_of_allocation;
};

/// The driver's part of the access properties; HDF5 copies it as bytes.
struct DriverInfo {
  AtomicFile* file;
};

DriverFile& ours(H5FD_t* file) noexcept { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& ours(const H5FD_t* file) noexcept { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*max_address*/) noexcept {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  auto* opened = new (std::nothrow) DriverFile{{}, info->file, 0};
  return reinterpret_cast<H5FD_t*>(opened);
}

herr_t close_file(H5FD_t* file) noexcept {
  delete &ours(file);
  return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) noexcept {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) noexcept {
  ours(file).end_of_allocation = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).file->size(); }

herr_t read(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, size_t size,
            void* buffer) noexcept {
  return ours(file).file->read_at(address, {static_cast<std::byte*>(buffer), size}) ? 0 : -1;
}

herr_t write(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address, size_t size,
             const void* buffer) noexcept {
  ours(file).file->write_at(address, {static_cast<const std::byte*>(buffer), size});
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) noexcept {
  DriverFile& f = ours(file);
  if (f.end_of_allocation != f.file->size()) f.file->resize(f.end_of_allocation);
  return 0;
}

/// The driver's description. Members are set by name: their order and number differ between versions of HDF5.
H5FD_class_t driver_class() noexcept {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(600);  // from the range for private use
#endif
  driver.name = "sorn_atomic_file";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = end_of_file;
  driver.read = read;
  driver.write = write;
  driver.truncate = truncate;
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

Handle access_through(AtomicFile& file) {
  static const H5FD_class_t driver = driver_class();
  const Handle registered(H5FDregister(&driver), H5FDunregister, "register the file driver");
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "make access properties");
  const DriverInfo info{&file};
  require(H5Pset_driver(access, registered, &info), "choose the file driver");  // access keeps the driver alive
  return access;
}

}  // namespace sorn::io
