// Writes one recording: a dataset of rows, or an index and lists of entries, of which each row has any number.
#pragma once

#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/row_writer.hpp"

#include <sorn/recorder.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// How a file holds a recording.
struct RecordingFormat {
  std::string name;
  bool lists = false;               ///< a group with several datasets; otherwise a dataset of this name
  std::size_t columns = 0;          ///< number of lists of a row
  std::vector<RowFormat> datasets;  ///< the rows; or the index (rows, columns + 1), then one for each field of an entry

  static RecordingFormat of(const RecordRequest& request, const Sizes& sizes);
};

/// The progress of one dataset.
struct DatasetProgress {
  std::uint64_t stored_rows = 0;          ///< in the result file
  std::uint64_t last_chunk_checksum = 0;  ///< of the last stored chunk
  std::vector<std::byte> tail;            ///< the rows after the stored ones, as bytes
};

/// Functions that use the file need a Session.
class RecordingWriter {
public:
  /// A new recording, for about `expected_rows` rows and `expected_entries` entries.
  /// @throws ParameterError if memory is too small for a row
  RecordingWriter(hid_t group, const RecordRequest& request, const Sizes& sizes, std::uint64_t expected_rows,
                  std::uint64_t expected_entries);

  /// Continues a recording. @throws FormatError if the file does not match
  RecordingWriter(hid_t group, const RecordRequest& request, const Sizes& sizes,
                  std::span<const DatasetProgress> progress);

  const RecordingFormat& format() const noexcept { return format_; }
  /// What has the attributes of the recording: its dataset or its group.
  hid_t object() const noexcept { return format_.lists ? hid_t{group_} : datasets_.front().dataset(); }
  /// The dataset with a row for each recorded step.
  hid_t rows_dataset() const noexcept { return datasets_.front().dataset(); }
  std::uint64_t rows() const noexcept { return datasets_.front().rows(); }

  /// Whether append(view) only collects values in memory, without the file and without allocating.
  bool has_room(const StepView& view) const noexcept;
  /// Adds the row of a step.
  void append(const StepView& view);
  /// Adds all rows of a recording in memory.
  void append(const Recording& recording);

  /// Writes what is collected. Then no rows may follow.
  void store();
  /// Closes all datasets, so that the file can be closed.
  void close() noexcept;

  std::vector<DatasetProgress> progress() const;

private:
  RecordingWriter(const RecordRequest& request, const Sizes& sizes);
  std::uint64_t entries() const noexcept { return datasets_.back().rows(); }
  void append_lists(const SynapseMatrix& matrix);
  void append_lists(std::span<const SynapseEvent> events);
  void append_lists(std::span<const double> dense, std::size_t n_pre);
  void append_entry(std::uint32_t pre, double weight);
  void append_index();
  void write_start(const Topology& start);

  RecordRequest request_;
  RecordingFormat format_;
  bool events_;
  Handle group_;                       // of lists
  std::vector<RowWriter> datasets_;    // as in the format
  std::vector<std::int64_t> offsets_;  // the row of the index
};

}  // namespace sorn::io
