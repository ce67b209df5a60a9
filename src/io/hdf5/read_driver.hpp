// Lets HDF5 read untrusted files.
//
// HDF5 checks most of its structures by checksums, but not the heap that holds texts and lists of variable length, nor
// structures from before its version 1.8: one damaged byte there can make it read or write beyond its memory. This
// driver checks the heap, and refuses the old structures, before HDF5 sees them. The driver for the file of a resumed
// run does the same (file_driver.hpp).
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// Recognises structures that HDF5 cannot read safely, as a driver reads one structure after the other.
class StructureChecks {
public:
  explicit StructureChecks(Structures allowed) noexcept : allowed_(allowed) {}
  /// False if HDF5 must not see these bytes, which were read at `address` of a file of `file_size` bytes.
  bool accept(H5FD_mem_t kind, haddr_t address, std::span<const std::byte> bytes, std::uint64_t file_size) noexcept;

private:
  Structures allowed_;
  haddr_t end_ = HADDR_UNDEF;  // end of the last structure that was read; HDF5 may read the rest of it next
};

/// Access properties that make H5Fopen() read the open file `descriptor`. The variable must exist until then; the HDF5
/// file takes the descriptor and sets the variable to −1. So an open result uses only one descriptor.
Handle access_for_reading(int& descriptor, Structures allowed);

/// True if these bytes begin a global heap. HDF5 reads and writes it as raw data; only the signature identifies it.
bool is_heap(std::span<const std::byte> bytes) noexcept;

/// Whether these bytes, read at the place of a global heap, are safe for HDF5: the objects of the heap must be texts or
/// 8-byte references, fill the heap, and have distinct numbers. (HDF5 file format specification, III.E)
bool is_sound_text_heap(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept;

/// Whether the structure that begins with these bytes has a checksum. A superblock of version 0 or 1, an object header
/// of version 1, and the structures of old groups and chunks have none. (The same, II.A and III.A to III.D)
bool has_checksum(H5FD_mem_t kind, std::span<const std::byte> bytes) noexcept;

}  // namespace sorn::io
