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

/// What the rows of a dataset are: its name, and the type and the shape of a row.
struct RowFormat {
  std::string name;
  ValueType type = ValueType::count;
  std::vector<std::size_t> row_shape;  ///< empty for a count

  /// The format of a recording of this quantity.
  static RowFormat of(Quantity quantity, std::size_t ne, std::size_t ni);
  /// Bytes of a row in memory.
  std::size_t row_bytes() const noexcept;
};

/// Appends rows. Only whole chunks are written, and each once: what a dataset holds stays where it is.
/// All but append(), rows() and the like need a Session.
class RowWriter {
public:
  /// A new dataset, for about `expected_rows` rows. @throws ParameterError if memory is too small for a row
  RowWriter(hid_t group, const RowFormat& format, std::uint64_t expected_rows);

  /// A dataset that was begun before and holds `rows` rows, of whose last chunk this is the checksum. `tail`: the rows
  /// that follow them and do not fill a chunk. @throws FormatError if they are not that
  RowWriter(hid_t group, const RowFormat& format, std::uint64_t rows, std::uint64_t last_chunk_checksum,
            std::span<const std::byte> tail);

  const RowFormat& format() const noexcept { return format_; }
  hid_t dataset() const noexcept { return dataset_; }

  /// Adds what a step has of `quantity`, which must be that of the format. Does not allocate.
  /// True if the buffer is full now: store() must follow.
  bool append(Quantity quantity, const StepView& view);
  /// Adds whole rows, and stores what fills a chunk.
  void append(std::span<const std::byte> rows);

  /// Writes the rows that were collected. Unless they fill a chunk, no rows may follow.
  void store();
  /// Lets go of the dataset, so that its file can be closed.
  void close() noexcept { dataset_ = {}; }

  /// Rows so far.
  std::uint64_t rows() const noexcept { return stored_ + buffered_; }
  /// Those in the dataset.
  std::uint64_t stored_rows() const noexcept { return stored_; }
  /// The others, in memory.
  std::span<const std::byte> tail() const noexcept { return std::span(buffer_).first(buffered_ * format_.row_bytes()); }
  /// Of the last rows that were stored; 0 if there were none.
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
  std::vector<hsize_t> chunk_;     // its shape: many rows, or a part of one
  std::vector<std::byte> buffer_;  // whole chunks
  ChunkCodec codec_;
  Handle dataset_;
  std::size_t buffered_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t checksum_ = 0;
};

}  // namespace sorn::io
