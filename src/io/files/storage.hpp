// Where HDF5 writes: what our file driver hands its bytes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::io {

/// What HDF5 writes: values of datasets, which stay where they once are, or structures, which it writes again and
/// again.
enum class Content : std::uint8_t { values, structure };

/// Bytes of a file that is being written. Nothing here throws: the first failure is remembered, so that HDF5 can close
/// its own structures in order, and the maker of the file looks at failure() when it matters.
class Storage {
public:
  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  virtual ~Storage() = default;

  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes, Content content) noexcept = 0;
  /// Reads what was written, zeros where nothing was; false if that fails.
  virtual bool read_at(std::uint64_t offset, std::span<std::byte> bytes) noexcept = 0;
  virtual void resize(std::uint64_t size) noexcept = 0;
  virtual std::uint64_t size() const noexcept = 0;
  /// errno of the first failure; 0 if there was none.
  virtual int failure() const noexcept = 0;
};

}  // namespace sorn::io
