#include "io/hdf5/chunk_codec.hpp"

#include <sorn/error.hpp>

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>

namespace sorn::io {

static_assert(std::endian::native == std::endian::little, "chunks are stored as they lie in memory");

namespace {

constexpr int level = 1;  // E, I and R get at most a tenth larger than at higher levels, in half the time

// The scale-offset filter's header (H5Zscaleoffset.c): bits a value (32 bits), size of the lowest value (a byte), the
// lowest value (64 bits), free bytes.
constexpr std::size_t header = 21;
constexpr std::byte bits_a_value{1};
constexpr std::byte size_of_lowest{8};

std::size_t filtered_size(Packing packing, std::size_t values, std::size_t width) {
  // The filter always writes one byte more than the bits need.
  return packing == Packing::bits ? header + values / 8 + 1 : values * width;
}

/// Packs eight bytes of 0 or 1 into the bits of one byte, the first into the highest bit.
std::byte eight_bits(const std::byte* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, 8);
  // Bit 8·i must become bit 63 − i. The product adds it shifted by 63 − 9·i; no other term reaches the highest byte.
  return static_cast<std::byte>(word * 0x8040201008040201ULL >> 56U);
}

void pack_bits(std::span<const std::byte> values, std::byte* packed) noexcept {
  const std::size_t whole = values.size() / 8;
  for (std::size_t k = 0; k < whole; ++k) packed[k] = eight_bits(values.data() + 8 * k);
  std::byte rest[8]{};
  std::copy(values.begin() + static_cast<std::ptrdiff_t>(8 * whole), values.end(), rest);
  packed[whole] = eight_bits(rest);
}

/// The inverse of eight_bits().
void spread_bits(std::byte bits, std::uint8_t* bytes) noexcept {
  const std::uint64_t copies = std::to_integer<std::uint64_t>(bits) * 0x0101010101010101U;
  const std::uint64_t chosen = copies & 0x0102040810204080U;  // byte i keeps bit 7 − i
  const std::uint64_t ones = (chosen + 0x7F7F7F7F7F7F7F7FU) >> 7U & 0x0101010101010101U;
  std::memcpy(bytes, &ones, 8);
}

/// Writes all lowest bytes, then all second bytes …, so that similar bytes of neighbouring numbers lie together.
template <std::size_t width>
void shuffle(std::span<const std::byte> values, std::byte* shuffled) noexcept {
  const std::size_t count = values.size() / width;
  for (std::size_t byte = 0; byte < width; ++byte) {
    std::byte* const out = shuffled + byte * count;
    for (std::size_t k = 0; k < count; ++k) out[k] = values[k * width + byte];
  }
}

}  // namespace

void set_filters(hid_t creation, Packing packing) {
  if (packing == Packing::bits) {
    // With a fill value, the filter would reserve the highest number for missing values.
    require(H5Pset_fill_value(creation, H5T_NATIVE_UINT8, nullptr), "leave out the fill value");
    require(H5Pset_scaleoffset(creation, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT), "choose bits");
  } else {
    require(H5Pset_shuffle(creation), "choose shuffling");
  }
  require(H5Pset_deflate(creation, level), "choose compression");
}

bool has_filters(hid_t creation, Packing packing) {
  const auto filter = [&](unsigned position) {
    unsigned flags = 0;
    std::size_t none = 0;
    return H5Pget_filter2(creation, position, &flags, &none, nullptr, 0, nullptr, nullptr);
  };
  const H5Z_filter_t first = packing == Packing::bits ? H5Z_FILTER_SCALEOFFSET : H5Z_FILTER_SHUFFLE;
  return H5Pget_nfilters(creation) == 2 && filter(0) == first && filter(1) == H5Z_FILTER_DEFLATE;
}

std::span<const std::byte> inflate_bits(std::span<const std::byte> stored, std::size_t chunk_values,
                                        std::vector<std::byte>& room) {
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const noexcept {
      libdeflate_free_decompressor(decompressor);
    }
  };
  const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) throw std::bad_alloc();
  const std::size_t filtered = filtered_size(Packing::bits, chunk_values, 1);
  room.resize(filtered + 8);
  // With a null pointer for the length, the result must have exactly this size.
  const bool whole = libdeflate_zlib_decompress(decompressor.get(), stored.data(), stored.size(), room.data(), filtered,
                                                nullptr) == LIBDEFLATE_SUCCESS;
  constexpr std::array<std::byte, 13> expected{bits_a_value, {}, {}, {}, size_of_lowest};
  if (!whole || !std::equal(expected.begin(), expected.end(), room.begin())) {
    throw FormatError("a chunk of spikes", "is damaged, or holds something else");
  }
  return std::span(room).first(filtered).subspan(header);
}

void unpack_bits(std::span<const std::byte> stored, std::size_t chunk_values, std::size_t first,
                 std::span<std::uint8_t> values) {
  std::vector<std::byte> room;
  const std::span<const std::byte> bits = inflate_bits(stored, chunk_values, room);
  std::array<std::uint8_t, 8> eight{};
  for (std::size_t done = 0; done < values.size();) {
    const std::size_t bit = (first + done) % 8;
    const std::size_t count = std::min(8 - bit, values.size() - done);
    spread_bits(bits[(first + done) / 8], eight.data());
    std::memcpy(values.data() + done, eight.data() + bit, count);
    done += count;
  }
}

ChunkCodec::ChunkCodec(Packing packing, std::size_t values, std::size_t width)
    : packing_(packing),
      width_(width),
      filtered_(filtered_size(packing, values, width)),
      compressor_(libdeflate_alloc_compressor(level)) {
  if (!compressor_) throw std::bad_alloc();
  deflated_.resize(libdeflate_zlib_compress_bound(compressor_.get(), filtered_.size()));
  if (packing == Packing::bits) {
    filtered_[0] = bits_a_value;
    filtered_[4] = size_of_lowest;
  }
}

ChunkCodec::ChunkCodec(ChunkCodec&&) noexcept = default;
ChunkCodec& ChunkCodec::operator=(ChunkCodec&&) noexcept = default;
ChunkCodec::~ChunkCodec() = default;

void ChunkCodec::Free::operator()(libdeflate_compressor* compressor) const noexcept {
  libdeflate_free_compressor(compressor);
}

std::span<const std::byte> ChunkCodec::pack(std::span<const std::byte> chunk) noexcept {
  if (packing_ == Packing::bits) {
    pack_bits(chunk, filtered_.data() + header);
  } else {
    switch (width_) {
      case 1: shuffle<1>(chunk, filtered_.data()); break;
      case 4: shuffle<4>(chunk, filtered_.data()); break;
      default: shuffle<8>(chunk, filtered_.data());
    }
  }
  const std::size_t size = libdeflate_zlib_compress(compressor_.get(), filtered_.data(), filtered_.size(),
                                                    deflated_.data(), deflated_.size());
  return std::span(deflated_).first(size);
}

}  // namespace sorn::io
