#include "io/scales.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <hdf5_hl.h>

#include <algorithm>
#include <array>
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
    case Axis::none: break;
  }
  return "";
}

}  // namespace

void attach_scales(hid_t group, const std::vector<ScaledRecording>& recordings, const Sizes& sizes) {
  std::uint64_t run_begin = recordings.empty() ? 0 : recordings.front().first_step;
  for (const ScaledRecording& r : recordings) run_begin = std::min(run_begin, r.first_step);
  struct Steps {
    Handle scale;
    std::uint64_t rows;
  };
  std::map<std::string, Steps> steps;
  std::map<Axis, Handle> axes;
  for (const ScaledRecording& r : recordings) {
    std::string name = step_scale_name(r, run_begin);
    // Two windows may have the same beginning and different ends.
    if (const auto same = steps.find(name); same != steps.end() && same->second.rows != r.rows) {
      name += formatted("_of_{}", sorn::name(r.quantity));
    }
    auto found = steps.find(name);
    if (found == steps.end()) found = steps.emplace(name, Steps{write_steps(group, name, r), r.rows}).first;
    require(H5DSattach_scale(r.dataset, found->second.scale, 0), "attach a scale");
    if (r.lists) continue;
    unsigned dimension = 0;
    for (const Axis axis : info(r.quantity).axes) {
      if (axis == Axis::none) continue;
      if (axes.count(axis) == 0) axes.emplace(axis, write_axis(group, scale_name(axis), extent(axis, sizes)));
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
