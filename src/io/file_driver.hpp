// HDF5 writing through an AtomicFile.
//
// HDF5 cannot close a file whose last writes fail: it keeps it, tries again when the program ends, and crashes there.
// This driver therefore never reports a failed write to HDF5; the AtomicFile remembers it and refuses to commit.
#pragma once

#include "io/atomic_file.hpp"
#include "io/hdf5.hpp"

namespace sorn::io {

/// Access properties that make H5Fcreate() write into `file`, which must outlive the HDF5 file.
Handle access_through(AtomicFile& file);

}  // namespace sorn::io
