#include "io/hdf5/version.hpp"

#include "support/format.hpp"

#include <hdf5.h>

namespace sorn::io {

std::string hdf5_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) return "unknown";
  return formatted("{}.{}.{}", major, minor, release);
}

}  // namespace sorn::io
