// HDF5 datasets: written compressed and with checksums; what they claim is checked when they are read.
#pragma once

#include "io/hdf5/hdf5.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace sorn::io {

/// A new dataset with these values, compressed and with checksums.
Handle create_dataset(hid_t parent, const char* name, std::span<const std::size_t> shape, hid_t type,
                      const void* values);

template <class T>
Handle write_dataset(hid_t parent, const char* name, std::span<const std::size_t> shape, std::span<const T> values) {
  return create_dataset(parent, name, shape, native_type<T>(), values.data());
}

/// The same for one dimension.
template <class T>
void write_list(hid_t parent, const char* name, const std::vector<T>& values) {
  const std::size_t size = values.size();
  write_dataset(parent, name, std::span(&size, 1), std::span<const T>(values));
}

/// Chunks of bits as they are stored.
struct StoredBits {
  std::size_t units = 0;
  std::size_t rows_a_chunk = 0;
  std::size_t first_row = 0;  ///< of the first of these chunks
  std::vector<std::vector<std::byte>> chunks{};
};

/// A dataset of an untrusted file: its shape is accepted only if the file is large enough for it.
class Dataset {
public:
  /// Opens the dataset with this name.
  /// @throws FormatError if there is none, or if it claims more values than the file can hold
  static Dataset open(hid_t parent, const std::string& name);

  const Handle& handle() const noexcept { return handle_; }
  const std::vector<std::size_t>& shape() const noexcept { return shape_; }
  std::size_t size() const noexcept { return size_; }

  /// @throws FormatError if the shape is another one
  void require_shape(std::span<const std::size_t> expected) const;

  /// All values, which must be stored in a type that holds the same values as T (float64, uint8, signed or unsigned
  /// whole numbers that fit). @throws FormatError
  template <class T>
  std::vector<T> values() const {
    return rows<T>(0, row_count());
  }

  /// The values of `count` rows from `first` on, which must exist, in a type that values() allows.
  /// @throws FormatError
  template <class T>
  std::vector<T> rows(std::size_t first, std::size_t count) const {
    require_type_of<T>();
    return converted_rows<T>(first, count);
  }

  /// Whether the values are packed as bits. Then stored_bits() reads them.
  bool holds_bits() const noexcept { return bits_; }
  /// The chunks with `count` rows from `first` on, which must exist. @throws FormatError
  StoredBits stored_bits(std::size_t first, std::size_t count) const;

  /// All values as real numbers, from any type of number. @throws FormatError
  std::vector<double> numbers() const;

private:
  /// Some rows, from any type of number.
  template <class T>
  std::vector<T> converted_rows(std::size_t first, std::size_t count) const {
    std::vector<T> result(checked_size(sizeof(T), count));
    if (result.empty()) return result;
    if (bits_) {
      const std::vector<std::uint8_t> spikes = read_bits(first, count);
      std::copy(spikes.begin(), spikes.end(), result.begin());
    } else {
      read_rows(native_type<T>(), first, count, result.data());
    }
    return result;
  }
  template <class T>
  void require_type_of() const {
    const std::size_t width = sizeof(T);
    if constexpr (std::is_floating_point_v<T>) require_stored(H5T_FLOAT, width, true);
    if constexpr (std::is_integral_v<T>) require_stored(H5T_INTEGER, width, std::is_signed_v<T>);
  }
  void require_stored(H5T_class_t kind, std::size_t width, bool is_signed) const;
  /// The number of values in `rows` rows, or in all, if they fit into the memory of this machine. @throws IoError
  std::size_t checked_size(std::size_t width, std::size_t rows) const;
  /// 1 for a single value.
  std::size_t row_count() const noexcept { return shape_.empty() ? 1 : shape_[0]; }
  void check_plausible(const Handle& space, const Handle& type);
  std::vector<std::uint8_t> read_bits(std::size_t first, std::size_t count) const;
  std::vector<std::byte> stored_chunk(std::size_t first_row, const std::string& action) const;
  void read_rows(hid_t type, std::size_t first, std::size_t count, void* values) const;

  Handle handle_;
  std::string name_;
  std::vector<std::size_t> shape_;
  std::size_t size_ = 0;
  bool bits_ = false;               // the values are packed as bits
  std::vector<hsize_t> bit_chunk_;  // the shape of a chunk of bits
};

}  // namespace sorn::io
