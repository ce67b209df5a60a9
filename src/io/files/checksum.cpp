#include "io/files/checksum.hpp"

#include <lzma.h>

namespace sorn::io {

std::uint64_t crc64(std::span<const std::byte> bytes, std::uint64_t before) noexcept {
  return lzma_crc64(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), before);
}

}  // namespace sorn::io
