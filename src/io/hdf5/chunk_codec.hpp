// Packs chunks in the format of HDF5's own filters, so that any HDF5 reader can read them, but faster: spikes as bits
// (HDF5's scale-offset filter with one bit for each value), other numbers shuffled, and both deflated by libdeflate.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct libdeflate_compressor;

namespace sorn::io {

/// How the values of a dataset are packed in its chunks.
enum class Packing : std::uint8_t {
  bits,      ///< std::uint8_t, each 0 or 1
  shuffled,  ///< numbers of one to eight bytes
};

/// Adds the filters that undo pack() to the creation properties of a dataset.
void set_filters(hid_t creation, Packing packing);

/// Whether a dataset uses exactly the filters of this packing.
bool has_filters(hid_t creation, Packing packing);

/// Undoes pack() for some values of a chunk of bits: those from `first` on. HDF5's own filter is slower, and not safe
/// for files from elsewhere. `chunk_values` is the number of all values in the chunk.
/// @throws FormatError if `stored` is no such chunk
void unpack_bits(std::span<const std::byte> stored, std::size_t chunk_values, std::size_t first,
                 std::span<std::uint8_t> values);

/// The bits of a chunk, value after value, the first in the highest bit of the first byte. `room` holds them; eight
/// bytes beyond their end can be read, too. @throws as unpack_bits()
std::span<const std::byte> inflate_bits(std::span<const std::byte> stored, std::size_t chunk_values,
                                        std::vector<std::byte>& room);

/// Packs many chunks of one size, without allocating.
class ChunkCodec {
public:
  /// For chunks of `values` values of `width` bytes. @throws std::bad_alloc
  ChunkCodec(Packing packing, std::size_t values, std::size_t width);
  ChunkCodec(ChunkCodec&&) noexcept;
  ChunkCodec& operator=(ChunkCodec&&) noexcept;
  ~ChunkCodec();

  /// The bytes to store for a chunk; they are valid until the next call.
  std::span<const std::byte> pack(std::span<const std::byte> chunk) noexcept;

private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept;
  };
  Packing packing_;
  std::size_t width_;
  std::vector<std::byte> filtered_;
  std::vector<std::byte> deflated_;
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

}  // namespace sorn::io
