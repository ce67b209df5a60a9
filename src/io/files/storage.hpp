// The storage to which our HDF5 file driver passes the bytes of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// What HDF5 writes: values of datasets, which never move, or structures, which it rewrites again and again.
enum class Content : std::uint8_t { values, structure };

/// Bytes of a file that is being written. Nothing here throws: the first failure is remembered, so that HDF5 can close
/// its structures normally. The code that makes the file must check failure().
class Storage {
public:
  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  virtual ~Storage() = default;

  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content content) noexcept = 0;
  /// Reads bytes that were written, and zeros elsewhere. False if it fails.
  virtual bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept = 0;
  virtual void resize(std::uint64_t size) noexcept = 0;
  virtual std::uint64_t size() const noexcept = 0;
  /// errno of the first failure; 0 if there was none.
  virtual int failure() const noexcept = 0;
};

}  // namespace sorn::io
