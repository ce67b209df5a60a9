#include "io/hdf5/read_driver.hpp"

#include "io/files/atomic_file.hpp"
#include "io/hdf5/driver.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn::io {

namespace {

constexpr std::size_t heap_header = 16;  // the header of each object in it has the same length

template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t place) noexcept {
  T number;
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

/// Reads all of `bytes`; beyond the end of the file it gives zeros, as HDF5 expects.
bool read_all(int descriptor, haddr_t address, std::span<std::byte> bytes) noexcept {
  const ssize_t got = read_fully(descriptor, address, bytes);
  if (got < 0) remember_system_error(errno);
  if (got >= 0) std::fill(bytes.begin() + got, bytes.end(), std::byte{0});
  return got >= 0;
}

/// An open file that is only read.
struct ReadFile {
  static constexpr const char* name = "sorn_checked_reading";
  [[maybe_unused]] static constexpr int number = 601;
  struct Info {
    int* descriptor;  // a file that takes it sets this to −1
    Structures allowed;
  };

  ReadFile() = default;
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;
  ~ReadFile() {
    if (descriptor >= 0) close(descriptor);
  }

  bool open(const Info& info) noexcept {
    if (*info.descriptor < 0) return false;
    struct stat status {};
    if (fstat(*info.descriptor, &status) != 0) {
      remember_system_error(errno);
      return false;
    }
    descriptor = std::exchange(*info.descriptor, -1);
    bytes_in_all = static_cast<haddr_t>(status.st_size);
    checks = StructureChecks(info.allowed);
    return true;
  }

  static unsigned long features(const ReadFile* /*file*/) noexcept {
    // Without H5FD_FEAT_ACCUMULATE_METADATA, each structure is read by itself and can be recognised.
    return H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  }

  haddr_t size() const noexcept { return bytes_in_all; }

  bool read(H5FD_mem_t kind, haddr_t address, std::span<std::byte> bytes) noexcept {
    if (!read_all(descriptor, address, bytes) || !checks.accept(kind, address, bytes, size())) return false;
    return !is_heap(bytes) || is_sound_long_heap(address, bytes);
  }

  static bool write(H5FD_mem_t /*kind*/, haddr_t /*address*/, std::span<const std::byte> /*bytes*/) noexcept {
    return false;
  }

  /// Checks a heap of which HDF5 has read only the beginning. HDF5 reads the rest separately, where it cannot be
  /// checked, and a wrong heap can keep HDF5 busy for ever.
  bool is_sound_long_heap(haddr_t address, std::span<const std::byte> beginning) const noexcept {
    const auto length = number_at<std::uint64_t>(beginning, 8);
    if (length <= beginning.size()) return true;  // all of it was read
    if (address > size() || length > size() - address) return false;
    try {
      std::vector<std::byte> whole(length);
      return read_all(descriptor, address, whole) && is_sound_text_heap(whole, size());
    } catch (const std::bad_alloc&) {
      remember_system_error(ENOMEM);
      return false;
    }
  }

  int descriptor = -1;
  haddr_t bytes_in_all = 0;
  StructureChecks checks{Structures::with_checksums};
};

/// Whether these bytes are addresses of objects in the file: the axes of a dataset list their scales in this way. A
/// text with a damaged length could look the same, so their size must not exceed HDF5's buffer for a short text.
bool are_references(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept {
  constexpr std::size_t room = 4096;  // H5T_VLEN_MIN_CONF_BUF_SIZE
  if (bytes.size() % sizeof(std::uint64_t) != 0 || bytes.size() > room) return false;
  for (std::size_t place = 0; place < bytes.size(); place += sizeof(std::uint64_t)) {
    const auto address = number_at<std::uint64_t>(bytes, place);
    if (address == 0 || address >= file_size) return false;
  }
  return true;
}

}  // namespace

bool StructureChecks::accept(H5FD_mem_t kind, haddr_t address, std::span<const std::byte> bytes,
                             std::uint64_t file_size) noexcept {
  const bool from_its_beginning = address != end_;
  if (kind != H5FD_MEM_DRAW) end_ = address + bytes.size();
  if (allowed_ == Structures::with_checksums && from_its_beginning && !has_checksum(kind, bytes)) return false;
  return !is_heap(bytes) || is_sound_text_heap(bytes, file_size);
}

bool is_heap(std::span<const std::byte> bytes) noexcept {
  // The signature, the version, three zeros.
  return bytes.size() >= heap_header && std::memcmp(bytes.data(), "GCOL\1\0\0\0", 8) == 0;
}

Handle access_for_reading(int& descriptor, Structures allowed) {
  return access_properties<ReadFile>({&descriptor, allowed});
}

bool is_sound_text_heap(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept {
  constexpr std::size_t header = heap_header;
  if (!is_heap(bytes)) return false;
  const auto size = number_at<std::uint64_t>(bytes, 8);
  if (size > bytes.size()) return true;  // only the beginning: read() checks the rest
  if (size < header) return false;
  std::size_t place = header;
  std::bitset<std::numeric_limits<std::uint16_t>::max() + 1> taken;
  while (size - place >= header) {
    const auto index = number_at<std::uint16_t>(bytes, place);
    const auto length = number_at<std::uint64_t>(bytes, place + 8);
    if (index == 0) return length == size - place;  // the free space, which ends the heap
    if (taken[index] || length > size - place - header) return false;
    taken.set(index);
    const std::size_t end = place + header + length;
    const std::size_t padded_end = (end + 7) / 8 * 8;
    if (padded_end > size) return false;
    // A text contains no zeros, and zeros follow it, so even a slightly wrong length is found.
    const auto text = bytes.subspan(place + header, length);
    const auto padding = bytes.subspan(end, padded_end - end);
    const bool has_zeros = std::find(text.begin(), text.end(), std::byte{0}) != text.end();
    if (has_zeros && !are_references(text, file_size)) return false;
    if (std::any_of(padding.begin(), padding.end(), [](std::byte b) { return b != std::byte{0}; })) return false;
    place = padded_end;
  }
  return true;
}

bool has_checksum(H5FD_mem_t kind, std::span<const std::byte> bytes) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto begins_with_one_of = [&](std::initializer_list<std::string_view> signatures) {
    return std::any_of(signatures.begin(), signatures.end(), [&](std::string_view s) { return text.starts_with(s); });
  };
  switch (kind) {
    case H5FD_MEM_SUPER: return text.size() <= 8 || !text.starts_with("\x89HDF\r\n\x1a\n") || text[8] >= 2;
    case H5FD_MEM_OHDR:
      return begins_with_one_of({"OHDR", "OCHK", "FRHP", "FHIB", "FSHD", "EAHD", "EAIB", "FAHD", "SMTB"});
    case H5FD_MEM_BTREE: return begins_with_one_of({"BTHD", "BTIN", "BTLF", "EASB", "SMLI"});
    case H5FD_MEM_LHEAP: return !text.starts_with("HEAP");
    default: return true;  // values, and heaps of texts
  }
}

}  // namespace sorn::io
