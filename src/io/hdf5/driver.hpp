// The functions of an HDF5 file driver, for classes through which HDF5 reads and writes a file.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <hdf5.h>
#include <sys/types.h>
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <span>

namespace sorn::io {

/// An open file, which HDF5 passes to the functions of a driver. HDF5 knows only the first member.
template <class File>
struct DriverFile {
  H5FD_t base{};
  File file{};
  haddr_t end_of_allocation = 0;

  static DriverFile& of(H5FD_t* file) noexcept { return *reinterpret_cast<DriverFile*>(file); }
  static const DriverFile& of(const H5FD_t* file) noexcept { return *reinterpret_cast<const DriverFile*>(file); }
};

/// A driver whose open files have the type File, with these members:
///   name, number         of the driver; a number for private use is 600 or more
///   Info                 what open() needs: the driver's part of the access properties, which HDF5 copies as bytes
///   open(info)           false if the file cannot be opened
///   features(file)       H5FD_FEAT_*; null asks for the features of the driver, without a file
///   size(), read(kind, address, bytes), write(kind, address, bytes)
///   resize(size)         only if the file can be written
/// Members are set by name: their order and number differ between versions of HDF5.
template <class File>
H5FD_class_t driver_of() noexcept {
  using Open = DriverFile<File>;
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(File::number);
#endif
  driver.name = File::name;
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(typename File::Info);
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));

  driver.open = [](const char*, unsigned, hid_t access, haddr_t) noexcept -> H5FD_t* {
    const auto* info = static_cast<const typename File::Info*>(H5Pget_driver_info(access));
    std::unique_ptr<Open> opened(new (std::nothrow) Open);
    if (opened == nullptr) remember_system_error(ENOMEM);
    if (info == nullptr || opened == nullptr || !opened->file.open(*info)) return nullptr;
    return reinterpret_cast<H5FD_t*>(opened.release());
  };
  driver.close = [](H5FD_t* file) noexcept -> herr_t {
    delete &Open::of(file);
    return 0;
  };
  driver.query = [](const H5FD_t* file, unsigned long* features) noexcept -> herr_t {
    *features = File::features(file == nullptr ? nullptr : &Open::of(file).file);
    return 0;
  };
  driver.get_eoa = [](const H5FD_t* file, H5FD_mem_t) noexcept { return Open::of(file).end_of_allocation; };
  driver.set_eoa = [](H5FD_t* file, H5FD_mem_t, haddr_t address) noexcept -> herr_t {
    Open::of(file).end_of_allocation = address;
    return 0;
  };
  driver.get_eof = [](const H5FD_t* file, H5FD_mem_t) noexcept -> haddr_t { return Open::of(file).file.size(); };
  driver.read = [](H5FD_t* file, H5FD_mem_t kind, hid_t, haddr_t address, size_t size, void* buffer) noexcept {
    const std::span bytes(static_cast<std::byte*>(buffer), size);
    return Open::of(file).file.read(kind, address, bytes) ? herr_t{0} : herr_t{-1};
  };
  driver.write = [](H5FD_t* file, H5FD_mem_t kind, hid_t, haddr_t address, size_t size, const void* buffer) noexcept {
    const std::span bytes(static_cast<const std::byte*>(buffer), size);
    return Open::of(file).file.write(kind, address, bytes) ? herr_t{0} : herr_t{-1};
  };
  if constexpr (requires(File file) { file.resize(0); }) {
    driver.truncate = [](H5FD_t* file, hid_t, hbool_t) noexcept -> herr_t {
      Open& open = Open::of(file);
      if (open.end_of_allocation != open.file.size()) open.file.resize(open.end_of_allocation);
      return 0;
    };
  }
  return driver;
}

/// Access properties that make HDF5 open a File with this information. The driver stays registered until the program
/// ends: otherwise HDF5 frees it before it closes the driver's last file, and then calls the freed driver.
template <class File>
Handle access_properties(const typename File::Info& info) {
  static const H5FD_class_t functions = driver_of<File>();
  static const hid_t driver = [] {
    const hid_t registered = H5FDregister(&functions);
    if (registered < 0) throw Hdf5Failure("register the file driver");
    return registered;
  }();
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "make access properties");
  require(H5Pset_driver(access, driver, &info), "choose the file driver");
  return access;
}

}  // namespace sorn::io
