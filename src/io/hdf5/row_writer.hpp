// Rows of one recording, collected in memory and appended to a dataset a chunk at a time.
#pragma once

#include "core/quantity.hpp"
#include "io/hdf5/chunk_codec.hpp"
#include "io/hdf5/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// The name of a dataset, and the type and the shape of its rows.
struct RowFormat {
  std::string name;
  ValueType type = ValueType::count;
  std::vector<std::size_t> row_shape;  ///< empty for a count

  /// The format of a recording of this quantity.
  static RowFormat of(Quantity quantity, const Sizes& sizes);
  /// Bytes of a row in memory.
  std::size_t row_bytes() const noexcept;
};

/// Appends rows. Only whole chunks are written, and each once, so that the values of a dataset never move.
/// Functions that use the dataset need a Session; append(quantity, view), rows() and the like do not.
class RowWriter {
public:
  /// A new dataset, for about `expected_rows` rows. @throws ParameterError if memory is too small for a row
  RowWriter(hid_t group, const RowFormat& format, std::uint64_t expected_rows);

  /// Continues a dataset that holds `rows` rows. `last_chunk_checksum` is that of its last chunk. `tail` holds the rows
  /// after them, which do not fill a chunk. @throws FormatError if the dataset does not match
  RowWriter(hid_t group, const RowFormat& format, std::uint64_t rows, std::uint64_t last_chunk_checksum,
            std::span<const std::byte> tail);

  const RowFormat& format() const noexcept { return format_; }
  hid_t dataset() const noexcept { return dataset_; }

  /// Adds the values of `quantity` in this step; the format must be that of `quantity`. Does not allocate.
  /// True if the buffer is now full: store() must follow.
  bool append(Quantity quantity, const StepView& view);
  /// Adds one row of row_bytes() bytes, and stores a full buffer.
  void append_one(const void* row);
  /// Adds whole rows, and stores each full buffer.
  void append(std::span<const std::byte> rows);

  /// Writes the collected rows. If they do not fill a chunk, no rows may follow.
  void store();
  /// Closes the dataset, so that its file can be closed.
  void close() noexcept { dataset_ = {}; }

  /// How many rows can be added before store() writes them.
  std::size_t room() const noexcept { return static_cast<std::size_t>(chunk_[0]) - buffered_; }
  /// All rows so far.
  std::uint64_t rows() const noexcept { return stored_ + buffered_; }
  /// The number of rows in the dataset.
  std::uint64_t stored_rows() const noexcept { return stored_; }
  /// The other rows, which are in memory.
  std::span<const std::byte> tail() const noexcept { return std::span(buffer_).first(buffered_ * row_bytes_); }
  /// The checksum of the last stored chunk; 0 if there is none.
  std::uint64_t last_chunk_checksum() const noexcept { return checksum_; }

private:
  RowWriter(RowFormat format, std::vector<hsize_t> chunk);
  static std::vector<hsize_t> chunk_in_file(hid_t group, const RowFormat& format);
  static std::vector<hsize_t> chunk_for(const RowFormat& format, std::uint64_t expected_rows);
  std::size_t chunk_bytes() const noexcept;
  std::size_t chunks_a_buffer() const noexcept;
  std::vector<hsize_t> place_of_chunk(std::uint64_t row, std::size_t chunk) const;
  void open(hid_t group, std::uint64_t rows);
  void check_last_chunk(std::uint64_t checksum) const;

  RowFormat format_;
  std::vector<hsize_t> chunk_;  // the shape of a chunk: many rows, or a part of one
  std::size_t row_bytes_;
  std::vector<std::byte> buffer_;  // whole chunks
  ChunkCodec codec_;
  Handle dataset_;
  std::size_t buffered_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t checksum_ = 0;
};

}  // namespace sorn::io
