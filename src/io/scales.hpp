// Dimension scales, by which xarray, netCDF and other HDF5 readers recognise the axes of recordings.
#pragma once

#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/row_writer.hpp"

#include <cstdint>
#include <vector>

namespace sorn::io {

/// A recording that gets dimension scales.
struct ScaledRecording {
  Quantity quantity;
  hid_t dataset;
  std::uint64_t stride;
  std::uint64_t first_step;
  std::uint64_t rows;
  bool lists;  ///< the dataset is an index of lists, and has no axis but the steps
};

/// Adds the numbers of the recorded steps and an axis for each population and the signals to the group, and attaches
/// them as scales.
void attach_scales(hid_t group, const std::vector<ScaledRecording>& recordings, const Sizes& sizes);

/// Whether a member of the group is such a scale.
bool is_scale(hid_t group, const char* name);

}  // namespace sorn::io
