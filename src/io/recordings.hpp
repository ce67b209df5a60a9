// The group /recordings of a result file.
#pragma once

#include "core/quantity.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/hdf5.hpp"

#include <sorn/recorder.hpp>
#include <sorn/state.hpp>
#include <sorn/synapses.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// Checks that no quantity occurs twice, and that the values have the right type and number for their shape in a run of
/// these sizes. @throws ParameterError, ShapeError
void validate(std::span<const Recording> recordings, const Sizes& sizes);

void write_recordings(hid_t file, std::span<const Recording> recordings, const Sizes& sizes);

/// Writes the steps of the rows as attributes of a recording's dataset or group.
void write_steps(hid_t object, std::uint64_t stride, std::uint64_t first_step);

/// Writes the names of the columns of `stats` as an attribute of its dataset; nothing for other quantities.
void write_columns(hid_t dataset, Quantity quantity, const Sizes& sizes);
/// The names of the columns of a dataset. @throws FormatError
std::vector<std::string> read_columns(hid_t dataset);

/// A recording whose values are still in the file.
struct StoredRecording {
  Recording recording;           ///< without values, but of the right type
  Handle group;                  ///< of lists
  std::vector<Dataset> dataset;  ///< as in RecordingFormat
};

/// The recordings of a run of these sizes, in the order in which they were written. @throws FormatError
std::vector<StoredRecording> open_recordings(hid_t file, const Sizes& sizes);

/// Reads `rows` rows from `first` on, which must exist, in a file of a run of these sizes. Weights become dense.
Recording read_rows(const StoredRecording& stored, std::size_t first, std::size_t rows, const Sizes& sizes);

/// Reads the weights of one row, which must exist, as columns. In a dense row the weights other than 0 are synapses.
CompressedColumns read_columns(const StoredRecording& stored, std::size_t row);

/// The number of events in a recording of them.
std::size_t event_count(const StoredRecording& stored) noexcept;

}  // namespace sorn::io
