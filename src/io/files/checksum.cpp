#include "io/files/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace sorn::io {

static_assert(std::endian::native == std::endian::little, "eight bytes are taken as one number");

namespace {

constexpr std::uint64_t polynomial = 0xC96C5795D7870F42;  // of ECMA-182, its bits reversed

using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

/// tables[k][b]: what the byte b does to the checksum when k bytes follow it.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? polynomial : 0);
    tables[0][byte] = value;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t shorter = tables[k - 1][byte];
      tables[k][byte] = tables[0][shorter & 0xFFU] ^ (shorter >> 8U);
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t before) noexcept {
  std::uint64_t crc = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][(word >> (8 * k)) & 0xFFU];
  }
  for (const std::byte byte : bytes) {
    crc = tables[0][(crc ^ std::to_integer<std::uint64_t>(byte)) & 0xFFU] ^ (crc >> 8U);
  }
  return ~crc;
}

}  // namespace sorn::io
