// The block before the HDF5 part of a checkpoint, with the checksum of all of it.
#pragma once

#include "io/storage.hpp"

namespace sorn::io {

/// Writes the block of a file that is complete otherwise.
void seal(Storage& file);

/// Checks the block of an open file, if it has one. @throws FormatError if what follows is not what was sealed
void check_seal(int descriptor);

}  // namespace sorn::io
