// A checksum that finds damage: CRC-64/XZ, which detects every burst of up to 64 wrong bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// The checksum of some bytes; with the checksum `before` of preceding bytes, that of both together.
std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t before = 0) noexcept;

}  // namespace sorn::io
