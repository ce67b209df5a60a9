#include "io/hdf5/bit_rows.hpp"

#include "io/hdf5/chunk_codec.hpp"

#include <sorn/error.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace sorn::io {
namespace {

RC_GTEST_PROP(BitRows, AreUnpackedUnitByUnit, ()) {
  const auto units = *rc::gen::inRange<std::size_t>(1, 200);
  const auto rows_a_chunk = *rc::gen::inRange<std::size_t>(1, 150);
  const auto chunks = *rc::gen::inRange<std::size_t>(1, 5);
  const std::size_t rows = chunks * rows_a_chunk;
  std::uint64_t x = *rc::gen::arbitrary<std::uint32_t>() + 1ULL;
  std::vector<std::byte> spikes(rows * units);
  for (std::byte& spike : spikes) {
    x = x * 6364136223846793005ULL + 1442695040888963407ULL;
    spike = static_cast<std::byte>(x >> 63U);
  }
  StoredBits stored{units, rows_a_chunk, 0};
  ChunkCodec codec(Packing::bits, rows_a_chunk * units, 1);
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const std::size_t size = rows_a_chunk * units;
    const auto packed = codec.pack(std::span(spikes).subspan(chunk * size, size));
    stored.chunks.emplace_back(packed.begin(), packed.end());
  }
  const auto first = *rc::gen::inRange<std::size_t>(0, rows);
  const auto count = *rc::gen::inRange<std::size_t>(0, rows - first + 1);
  const std::size_t words_a_unit = (count + 63) / 64;
  std::vector<std::uint64_t> words(words_a_unit * units, ~std::uint64_t{0});
  unpack_words(stored, first, count, words, *rc::gen::inRange<std::size_t>(1, 4));
  for (std::size_t unit = 0; unit < units; ++unit) {
    for (std::size_t k = 0; k < words_a_unit * 64; ++k) {
      const bool expected = k < count && spikes[(first + k) * units + unit] == std::byte{1};
      RC_ASSERT((words[unit * words_a_unit + k / 64] >> (k % 64) & 1U) == (expected ? 1U : 0U));
    }
  }
}

TEST(BitRows, AreRefusedIfAChunkIsDamaged) {
  std::vector<std::byte> spikes(640);
  ChunkCodec codec(Packing::bits, spikes.size(), 1);
  const auto packed = codec.pack(spikes);
  StoredBits stored{10, 64, 0};
  stored.chunks.emplace_back(packed.begin(), packed.end());
  stored.chunks[0].back() ^= std::byte{1};  // the checksum
  std::vector<std::uint64_t> words(10);
  EXPECT_THROW(unpack_words(stored, 0, 64, words, 2), FormatError);
}

}  // namespace
}  // namespace sorn::io
