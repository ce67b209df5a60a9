#include "io/hdf5/bit_rows.hpp"

#include "io/hdf5/chunk_codec.hpp"
#include "support/in_threads.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

namespace sorn::io {

static_assert(std::endian::native == std::endian::little, "the first byte of a word must be its lowest");

namespace {

constexpr std::size_t width = 64;

/// 64 bits from bit `place` on, the first in the highest bit. Nine bytes must be readable there.
std::uint64_t bits_at(const std::byte* bytes, std::size_t place) noexcept {
  const std::byte* const from = bytes + place / 8;
  const std::size_t within = place % 8;
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  word = __builtin_bswap64(word);
  if (within == 0) return word;
  return word << within | std::to_integer<std::uint64_t>(from[8]) >> (8 - within);
}

/// Exchanges the rows and columns of 64 × 64 bits; column 0 is the highest bit (Warren, Hacker's Delight, 7-3).
void transpose(std::array<std::uint64_t, width>& rows) noexcept {
  std::uint64_t mask = 0x00000000FFFFFFFF;
  for (std::size_t half = width / 2; half != 0; half /= 2, mask ^= mask << half) {
    for (std::size_t begin = 0; begin < width; begin += 2 * half) {
      for (std::size_t k = begin; k < begin + half; ++k) {
        const std::uint64_t differing = (rows[k] ^ (rows[k + half] >> half)) & mask;
        rows[k] ^= differing;
        rows[k + half] ^= differing << half;
      }
    }
  }
}

/// Calls work(task) for all tasks, in several threads.
template <class Work>
void share(std::size_t threads, std::size_t tasks, Work&& work) {
  std::atomic<std::size_t> next = 0;
  in_threads(threads, tasks, [&] {
    for (std::size_t task = next++; task < tasks; task = next++) work(task);
  });
}

}  // namespace

void unpack_words(const StoredBits& stored, std::size_t first, std::size_t count, std::span<std::uint64_t> words,
                  std::size_t threads) {
  const std::size_t units = stored.units;
  const std::size_t row_words = (units + width - 1) / width;
  std::vector<std::uint64_t> rows(count * row_words);
  share(threads, stored.chunks.size(), [&](std::size_t chunk) {
    std::vector<std::byte> room;
    const auto bits = inflate_bits(stored.chunks[chunk], stored.rows_a_chunk * units, room);
    const std::size_t chunk_row = stored.first_row + chunk * stored.rows_a_chunk;
    const std::size_t begin = std::max(first, chunk_row);
    const std::size_t end = std::min(first + count, chunk_row + stored.rows_a_chunk);
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t w = 0; w < row_words; ++w) {
        rows[(row - first) * row_words + w] = bits_at(bits.data(), (row - chunk_row) * units + w * width);
      }
    }
  });
  const std::size_t words_a_unit = (count + width - 1) / width;
  constexpr std::size_t words_a_task = 32;
  share(threads, (words_a_unit + words_a_task - 1) / words_a_task, [&](std::size_t task) {
    for (std::size_t w = task * words_a_task; w < std::min(words_a_unit, (task + 1) * words_a_task); ++w) {
      const std::size_t steps = std::min(width, count - w * width);
      for (std::size_t group = 0; group < row_words; ++group) {
        std::array<std::uint64_t, width> square{};
        // The rows in reverse, so that the first of them becomes the lowest bit.
        for (std::size_t k = 0; k < steps; ++k) square[width - 1 - k] = rows[(w * width + k) * row_words + group];
        transpose(square);
        const std::size_t present = std::min(width, units - group * width);
        for (std::size_t u = 0; u < present; ++u) words[(group * width + u) * words_a_unit + w] = square[u];
      }
    }
  });
}

}  // namespace sorn::io
