// What our HDF5 file drivers have in common.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <hdf5.h>
#include <sys/types.h>
#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h>
#endif

#include <algorithm>
#include <iterator>
#include <limits>

namespace sorn::io {

/// A driver without its functions, for files whose part of the access properties is an Info. Members are set by name:
/// their order and number differ between versions of HDF5. `value` is one of the numbers for private use, from 600 on.
template <class Info>
H5FD_class_t blank_driver(const char* name, [[maybe_unused]] int value) noexcept {
  H5FD_class_t driver{};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(value);
#endif
  driver.name = name;
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<off_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(Info);
  constexpr H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

/// Registers a driver, for as long as the program runs: HDF5 asks a driver how to close its last file after it has
/// freed a driver that nobody else holds.
inline hid_t register_driver(const H5FD_class_t& driver) {
  const hid_t registered = H5FDregister(&driver);
  if (registered < 0) throw Hdf5Failure("register the file driver");
  return registered;
}

/// Access properties that make HDF5 use a registered driver with this information, which it copies as bytes.
template <class Info>
Handle access_properties(hid_t driver, const Info& info) {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "make access properties");
  require(H5Pset_driver(access, driver, &info), "choose the file driver");
  return access;
}

}  // namespace sorn::io
