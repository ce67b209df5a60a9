// The block before the HDF5 part of a checkpoint, with the checksum of that part.
#pragma once

#include "io/files/storage.hpp"

#include <cstdint>

namespace sorn::io {

/// Writes the block of a file that is otherwise complete.
void seal(Storage& file);

enum class SealState : std::uint8_t {
  missing,  ///< the file begins with something else
  broken,   ///< the content does not match its checksum
  whole,
};

/// @throws std::system_error if the file cannot be read
SealState state_of_seal(int descriptor);

}  // namespace sorn::io
