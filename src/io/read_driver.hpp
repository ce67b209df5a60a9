// HDF5 reading files that nobody vouches for.
//
// HDF5 checks most of its structures by checksums, but not the heap that holds texts and lists of variable length: one
// damaged byte there makes it read or write beyond its memory. This driver checks the heap before HDF5 sees it.
#pragma once

#include "io/hdf5.hpp"

#include <cstddef>
#include <span>

namespace sorn::io {

/// Access properties that make H5Fopen() read the open file `descriptor`, which it duplicates.
Handle access_for_reading(int descriptor);

/// True unless these bytes, read from where a global heap is, are one that HDF5 would stumble over: its objects must be
/// texts, or references of 8 bytes each, that fill it, each with a number of its own. (HDF5 file format specification,
/// III.E)
bool is_sound_text_heap(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept;

}  // namespace sorn::io
