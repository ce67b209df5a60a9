#include "io/files/checked_block.hpp"

#include "io/files/atomic_file.hpp"
#include "io/files/checksum.hpp"
#include "io/schema.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace sorn::io {

namespace {

constexpr std::size_t length_at = schema::checkpoint_magic.size();
constexpr std::size_t checksum_at = length_at + sizeof(std::uint64_t);
using Block = std::array<std::byte, schema::checkpoint_block>;

/// The block of a file with this content; `read(offset, bytes)` returns how many bytes it could read.
template <class Read>
Block block_of(std::uint64_t size, Read&& read) {
  std::vector<std::byte> buffer(1U << 20U);
  std::uint64_t checksum = 0;
  std::uint64_t length = 0;
  while (schema::checkpoint_block + length < size) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - schema::checkpoint_block - length));
    const std::size_t got = read(schema::checkpoint_block + length, std::span(buffer).first(wanted));
    if (got == 0) break;
    checksum = crc64(std::span(buffer).first(got), checksum);
    length += got;
  }
  Block block{};
  std::memcpy(block.data(), schema::checkpoint_magic.data(), schema::checkpoint_magic.size());
  std::memcpy(block.data() + length_at, &length, sizeof length);
  std::memcpy(block.data() + checksum_at, &checksum, sizeof checksum);
  return block;
}

/// Reads up to the end of the file and returns the number of bytes. @throws std::system_error if they cannot be read
std::size_t read(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) {
  const ssize_t got = read_fully(descriptor, offset, bytes);
  if (got < 0) throw std::system_error(errno, std::generic_category());
  return static_cast<std::size_t>(got);
}

}  // namespace

void seal(Storage& file) {
  const Block block = block_of(file.size(), [&](std::uint64_t offset, std::span<std::byte> bytes) {
    return file.read_at(offset, bytes) ? bytes.size() : 0;
  });
  file.write_at(0, block, Content::structure);
}

SealState state_of_seal(int descriptor) {
  Block found{};
  const std::size_t got = read(descriptor, 0, found);
  const std::string_view beginning(reinterpret_cast<const char*>(found.data()), length_at);
  if (got < found.size() || beginning != schema::checkpoint_magic) return SealState::missing;
  const auto size = lseek(descriptor, 0, SEEK_END);
  const Block expected =
      block_of(static_cast<std::uint64_t>(std::max<off_t>(size, 0)),
               [&](std::uint64_t offset, std::span<std::byte> bytes) { return read(descriptor, offset, bytes); });
  return found == expected ? SealState::whole : SealState::broken;
}

}  // namespace sorn::io
