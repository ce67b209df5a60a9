// HDF5 writing through a Storage.
//
// HDF5 cannot close a file whose last writes fail: it keeps it, tries again when the program ends, and crashes there.
// This driver therefore never reports a failed write to HDF5; the Storage remembers it.
#pragma once

#include "io/files/atomic_file.hpp"
#include "io/files/storage.hpp"
#include "io/hdf5/hdf5.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <cstdint>
#include <filesystem>

namespace sorn::io {

/// Whether HDF5 itself wrote all that it will read, or the structures come from a file that nobody vouches for.
enum class Origin : std::uint8_t { own, foreign };

/// Access properties that make H5Fcreate() and H5Fopen() use `storage`, which must outlive the HDF5 file. What is of
/// foreign origin is checked when it is read (read_driver.hpp).
Handle access_through(Storage& storage, Origin origin = Origin::own);

/// A new HDF5 file of our version in `storage`, behind `user_block` bytes that are none of HDF5's business.
Handle create_file(Storage& storage, hsize_t user_block = 0);

/// Runs `write` alone with HDF5. What it cannot write, and what it could not write before, is an IoError about `path`.
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
