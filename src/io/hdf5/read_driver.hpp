// HDF5 reading files that nobody vouches for.
//
// HDF5 checks most of its structures by checksums, but neither the heap that holds texts and lists of variable length
// nor those from before its version 1.8: one damaged byte there makes it read or write beyond its memory. This driver
// checks the heap, and refuses the old structures, before HDF5 sees them; so does that of a file that a run goes on
// with (file_driver.hpp).
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// Recognises the structures that HDF5 would stumble over when a driver reads them for it, one after the other.
class StructureChecks {
public:
  explicit StructureChecks(Structures allowed) noexcept : allowed_(allowed) {}
  /// False if HDF5 must not see these bytes, which it asked for at `address` of a file of `file_size` bytes.
  bool accept(H5FD_mem_t kind, haddr_t address, std::span<const std::byte> bytes, std::uint64_t file_size) noexcept;

private:
  Structures allowed_;
  haddr_t end_ = HADDR_UNDEF;  // of the last structure that was read, whose rest HDF5 may read next
};

/// Access properties that make H5Fopen() read the open file `descriptor`, which must live until then. The HDF5 file
/// takes it over, and leaves −1 there: a result that is kept open takes one descriptor.
Handle access_for_reading(int& descriptor, Structures allowed);

/// True if these bytes begin a global heap, which HDF5 reads and writes as raw data: only its signature tells it apart.
bool is_heap(std::span<const std::byte> bytes) noexcept;

/// True unless these bytes, read from where a global heap is, are one that HDF5 would stumble over: its objects must be
/// texts, or references of 8 bytes each, that fill it, each with a number of its own. (HDF5 file format specification,
/// III.E)
bool is_sound_text_heap(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept;

/// True unless these bytes, the beginning of a structure, are of one without a checksum: of a superblock of version 0
/// or 1, an object header of version 1, or what belongs to old groups and chunks. (The same, II.A and III.A to III.D)
bool has_checksum(H5FD_mem_t kind, std::span<const std::byte> bytes) noexcept;

}  // namespace sorn::io
