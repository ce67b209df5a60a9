#include "io/scales.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <span>
#include <string>

namespace sorn::io {

namespace {

/// Writes the numbers of the recorded steps as a coordinate.
Handle write_steps(hid_t group, const std::string& name, const ScaledRecording& recording) {
  RowWriter steps(group, {name, ValueType::count, {}}, recording.rows);
  std::array<std::int64_t, 4096> block{};
  for (std::uint64_t row = 0; row < recording.rows;) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), recording.rows - row));
    for (std::size_t k = 0; k < now; ++k) {
      block[k] = static_cast<std::int64_t>(recording.first_step + (row + k) * recording.stride);
    }
    steps.append(std::as_bytes(std::span(block).first(now)));
    row += now;
  }
  steps.store();
  Handle dataset(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, "open a scale");
  require(H5DSset_scale(dataset, name.c_str()), "make a scale");
  write_attribute(dataset, schema::units, std::string("steps"));
  return dataset;
}

/// Writes an axis without a coordinate, which has only a length. netCDF recognises it by the beginning of its title.
Handle write_axis(hid_t group, const char* name, hsize_t length) {
  const Handle space(H5Screate_simple(1, &length, nullptr), H5Sclose, "make a space");
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "make an axis");
  leave_out_times(creation);
  require(H5Pset_alloc_time(creation, H5D_ALLOC_TIME_LATE), "make an axis");  // it has no values
  Handle dataset(H5Dcreate2(group, name, H5T_IEEE_F32BE, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose,
                 "make an axis");
  const std::string title = formatted("This is a netCDF dimension but not a netCDF variable.{:10}", length);
  require(H5DSset_scale(dataset, title.c_str()), "make a scale");
  return dataset;
}

/// Writes an axis whose coordinate is names.
Handle write_names(hid_t group, const char* name, const std::vector<std::string>& names) {
  std::size_t width = 1;
  for (const std::string& one : names) width = std::max(width, one.size());
  std::string values(names.size() * width, '\0');
  for (std::size_t k = 0; k < names.size(); ++k) names[k].copy(values.data() + k * width, width);
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a string type");
  require(H5Tset_size(type, width), "make a string type");
  require(H5Tset_strpad(type, H5T_STR_NULLPAD), "make a string type");
  const std::size_t size = names.size();
  Handle dataset = create_dataset(group, name, std::span(&size, 1), type, values.data());
  require(H5DSset_scale(dataset, name), "make a scale");
  return dataset;
}

/// Recordings of a file with the same recorded steps share one scale. The most common scale is called "step"; the names
/// of other scales add how they differ from it.
std::string step_scale_name(const ScaledRecording& recording, std::uint64_t run_begin) {
  std::string name(schema::step_scale);
  if (recording.stride != 1) name += formatted("_{}", recording.stride);
  if (recording.first_step >= run_begin + recording.stride) name += formatted("_from_{}", recording.first_step);
  return name;
}

const char* scale_name(Axis axis) noexcept {
  switch (axis) {
    case Axis::excitatory: return schema::excitatory;
    case Axis::inhibitory: return schema::inhibitory;
    case Axis::excitatory_pre: return schema::excitatory_pre;
    case Axis::inhibitory_pre: return schema::inhibitory_pre;
    case Axis::signal: return schema::signal;
    case Axis::output: return schema::output;
    case Axis::measure: return schema::measure;
    case Axis::bin: return schema::bin;
    case Axis::weight_bin: return schema::weight_bin;
    case Axis::none: break;
  }
  return "";
}

/// Names and edges are coordinates; units and signals have only a number.
Handle write_axis(hid_t group, Axis axis, const Sizes& sizes) {
  const char* const name = scale_name(axis);
  if (axis == Axis::measure) return write_names(group, name, sizes.measures);
  const std::span<const double> edges = bin_edges(axis);
  if (edges.empty()) return write_axis(group, name, extent(axis, sizes));
  const std::size_t size = edges.size();
  Handle dataset = write_dataset(group, name, std::span(&size, 1), edges);
  require(H5DSset_scale(dataset, name), "make a scale");
  return dataset;
}

}  // namespace

void attach_scales(hid_t group, const std::vector<ScaledRecording>& recordings, const Sizes& sizes) {
  // A window of statistics may have begun before the run.
  const auto of_window = [](const ScaledRecording& r) { return info(r.quantity).is_of_window(); };
  const bool only_windows = std::all_of(recordings.begin(), recordings.end(), of_window);
  std::uint64_t run_begin = std::numeric_limits<std::uint64_t>::max();
  for (const ScaledRecording& r : recordings) {
    if (only_windows || !of_window(r)) run_begin = std::min(run_begin, r.first_step);
  }
  struct Steps {
    Handle scale;
    std::uint64_t first_step;
    std::uint64_t rows;
  };
  std::map<std::string, Steps> steps;
  std::map<Axis, Handle> axes;
  for (const ScaledRecording& r : recordings) {
    std::string name = step_scale_name(r, run_begin);
    // Two windows may have the same beginning and different ends.
    if (const auto same = steps.find(name);
        same != steps.end() && (same->second.rows != r.rows || same->second.first_step != r.first_step)) {
      name += formatted("_of_{}", sorn::name(r.quantity));
    }
    auto found = steps.find(name);
    if (found == steps.end())
      found = steps.emplace(name, Steps{write_steps(group, name, r), r.first_step, r.rows}).first;
    require(H5DSattach_scale(r.dataset, found->second.scale, 0), "attach a scale");
    if (r.lists) continue;
    unsigned dimension = 0;
    for (const Axis axis : info(r.quantity).axes) {
      if (axis == Axis::none) continue;
      if (axes.count(axis) == 0) {
        axes.emplace(axis, write_axis(group, axis, sizes));
      }
      require(H5DSattach_scale(r.dataset, axes.find(axis)->second, ++dimension), "attach a scale");
    }
  }
}

bool is_scale(hid_t group, const char* name) {
  require_member(group, name, "dataset");
  const Handle member(H5Oopen(group, name, H5P_DEFAULT), H5Oclose, formatted("open recording '{}'", name));
  return H5Aexists(member, schema::scale_class) > 0 &&
         read_text(member, schema::scale_class) == schema::scale_class_name;
}

}  // namespace sorn::io
