// Lets HDF5 write into a Storage.
//
// HDF5 cannot close a file whose last writes fail: it keeps the file open, tries again when the program ends, and then
// crashes. So this driver never reports a failed write to HDF5; the Storage remembers it.
#pragma once

#include "io/files/atomic_file.hpp"
#include "io/files/storage.hpp"
#include "io/hdf5/hdf5.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <filesystem>

namespace sorn::io {

/// Whether this process wrote all that HDF5 will read (own), or the structures come from an untrusted file (foreign).
enum class Origin : std::uint8_t { own, foreign };

/// Access properties that make H5Fcreate() and H5Fopen() use `storage`, which must outlive the HDF5 file. Structures
/// of foreign origin are checked when they are read (read_driver.hpp).
Handle access_through(Storage& storage, Origin origin = Origin::own);

/// A new HDF5 file of our version in `storage`, after `user_block` bytes that HDF5 ignores.
Handle create_file(Storage& storage, hsize_t user_block = 0);

/// Runs `write` in a Session. A failed write, now or earlier, becomes an IoError about `path`.
template <class Write>
void write_hdf5(const Storage& storage, const std::filesystem::path& path, Write&& write) {
  const Session session;
  try {
    write();
  } catch (const Hdf5Failure& failure) {
    if (storage.failure() == 0) {
      failure.throw_if_system_refused(path);
      throw IoError(formatted("cannot write '{}'", path.string()), "could not " + failure.action(), failure.reason());
    }
  }
  if (storage.failure() != 0) throw_system_error("write", path, storage.failure());
}

}  // namespace sorn::io
