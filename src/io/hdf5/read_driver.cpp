#include "io/hdf5/read_driver.hpp"

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
#include <vector>

namespace sorn::io {

namespace {

/// What HDF5 hands back to the functions below. HDF5 knows its first member only.
struct DriverFile {
  H5FD_t base;
  int descriptor;
  StructureChecks checks;
  haddr_t size;
  haddr_t end_of_allocation;
};

/// The driver's part of the access properties.
struct DriverInfo {
  int* descriptor;  // becomes −1 when a file takes it over
  Structures allowed;
};

DriverFile& ours(H5FD_t* file) noexcept { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& ours(const H5FD_t* file) noexcept { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_file(const char* /*name*/, unsigned /*flags*/, hid_t access, haddr_t /*max_address*/) noexcept {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr || *info->descriptor < 0) return nullptr;
  struct stat status {};
  if (fstat(*info->descriptor, &status) != 0) {
    remember_system_error(errno);
    return nullptr;
  }
  auto* opened = new (std::nothrow)
      DriverFile{{}, *info->descriptor, StructureChecks(info->allowed), static_cast<haddr_t>(status.st_size), 0};
  if (opened == nullptr) {
    remember_system_error(ENOMEM);
  } else {
    *info->descriptor = -1;
  }
  return reinterpret_cast<H5FD_t*>(opened);
}

herr_t close_file(H5FD_t* file) noexcept {
  close(ours(file).descriptor);
  delete &ours(file);
  return 0;
}

herr_t query(const H5FD_t* /*file*/, unsigned long* flags) noexcept {
  // Without H5FD_FEAT_ACCUMULATE_METADATA: each structure is read by itself, and so can be recognised.
  *flags = H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) noexcept {
  ours(file).end_of_allocation = address;
  return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) noexcept { return ours(file).size; }

constexpr std::size_t heap_header = 16;  // as long as the header of each object in it

template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t place) noexcept {
  T number;
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

/// Reads all of `bytes`; beyond the end of the file, where HDF5 expects that, zeros.
bool read_fully(int descriptor, haddr_t address, std::span<std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t got = pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(address));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      remember_system_error(errno);
      return false;
    }
    if (got == 0) {
      std::fill(bytes.begin(), bytes.end(), std::byte{0});
      return true;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    address += static_cast<haddr_t>(got);
  }
  return true;
}

/// Checks a heap of which HDF5 has read only the beginning: it asks for the rest alone, which nobody could check, and
/// what it believes of a wrong one can keep it busy for ever.
bool is_sound_long_heap(const DriverFile& file, haddr_t address, std::span<const std::byte> beginning) noexcept {
  const auto size = number_at<std::uint64_t>(beginning, 8);
  if (size <= beginning.size()) return true;  // all of it was read
  if (address > file.size || size > file.size - address) return false;
  try {
    std::vector<std::byte> whole(size);
    return read_fully(file.descriptor, address, whole) && is_sound_text_heap(whole, file.size);
  } catch (const std::bad_alloc&) {
    remember_system_error(ENOMEM);
    return false;
  }
}

herr_t read(H5FD_t* file, H5FD_mem_t kind, hid_t /*transfer*/, haddr_t address, size_t size, void* buffer) noexcept {
  const std::span<std::byte> bytes(static_cast<std::byte*>(buffer), size);
  if (!read_fully(ours(file).descriptor, address, bytes)) return -1;
  if (!ours(file).checks.accept(kind, address, bytes, ours(file).size)) return -1;
  return is_heap(bytes) && !is_sound_long_heap(ours(file), address, bytes) ? -1 : 0;
}

herr_t refuse_to_write(H5FD_t* /*file*/, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t /*address*/, size_t /*size*/,
                       const void* /*buffer*/) noexcept {
  return -1;
}

H5FD_class_t driver_class() noexcept {
  auto driver = blank_driver<DriverInfo>("sorn_checked_reading", 601);
  driver.open = open_file;
  driver.close = close_file;
  driver.query = query;
  driver.get_eoa = end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = end_of_file;
  driver.read = read;
  driver.write = refuse_to_write;
  return driver;
}

/// Addresses of objects in the file, by which the axes of a dataset list their scales. A text that was made longer
/// could pass for some, so there may be no more of them than HDF5 has room for when it expects a short text.
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
  static const hid_t driver = register_driver(driver_class());
  return access_properties(driver, DriverInfo{&descriptor, allowed});
}

bool is_sound_text_heap(std::span<const std::byte> bytes, std::uint64_t file_size) noexcept {
  constexpr std::size_t header = heap_header;
  if (!is_heap(bytes)) return false;
  const auto size = number_at<std::uint64_t>(bytes, 8);
  if (size > bytes.size()) return true;  // a beginning: read() looks at the rest
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
    // A text has no zeros, and zeros follow it: a length that is a little wrong shows.
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
