// The version of HDF5, without its headers.
#pragma once

#include <string>

namespace sorn::io {

/// The version of the HDF5 library that runs here: "1.10.8".
std::string hdf5_version();

}  // namespace sorn::io
