#include "io/recordings.hpp"

#include "io/attributes.hpp"
#include "io/dataset.hpp"
#include "io/schema.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sorn::io {

namespace {

/// A recording of this quantity without rows: what its row must look like.
Recording without_rows(Quantity quantity, const State& state) {
  const std::size_t ne = state.ne();
  const std::size_t ni = state.ni();
  Recording recording;
  recording.request.quantity = quantity;
  switch (quantity) {
    case Quantity::excitatory:
    case Quantity::recurrent:
      recording.row_shape = {ne};
      recording.values = std::vector<std::uint8_t>{};
      break;
    case Quantity::inhibitory:
      recording.row_shape = {ni};
      recording.values = std::vector<std::uint8_t>{};
      break;
    case Quantity::ee_count:
    case Quantity::ei_count:
    case Quantity::ie_count: recording.values = std::vector<std::int64_t>{}; break;
    case Quantity::te:
      recording.row_shape = {ne};
      recording.values = std::vector<double>{};
      break;
    case Quantity::ti:
      recording.row_shape = {ni};
      recording.values = std::vector<double>{};
      break;
    case Quantity::wee:
      recording.row_shape = {ne, ne};
      recording.values = std::vector<double>{};
      break;
    case Quantity::wei:
      recording.row_shape = {ni, ne};
      recording.values = std::vector<double>{};
      break;
    case Quantity::wie:
      recording.row_shape = {ne, ni};
      recording.values = std::vector<double>{};
      break;
  }
  return recording;
}

std::vector<std::size_t> dataset_shape(const Recording& recording) {
  std::vector<std::size_t> shape{recording.rows};
  shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
  return shape;
}

Recording read_recording(hid_t group, const std::string& dataset_name, const State& state, Values values) {
  const Quantity quantity = quantity_named(dataset_name);
  if (name(quantity) != dataset_name) {
    throw FormatError(fmt::format("recording '{}'", dataset_name), fmt::format("is called '{}'", name(quantity)));
  }
  const Dataset dataset = Dataset::open(group, dataset_name);
  Recording recording = without_rows(quantity, state);
  recording.rows = dataset.shape().empty() ? 0 : dataset.shape().front();
  dataset.require_shape(dataset_shape(recording));
  recording.request.stride = read_count(dataset.handle(), schema::stride);
  recording.first_step = read_count(dataset.handle(), schema::first_step);
  if (recording.request.stride == 0) {
    throw FormatError(fmt::format("recording '{}' with stride 0", dataset_name), "a stride must be at least 1");
  }
  if (values == Values::read) {
    std::visit([&](auto& v) { v = dataset.values<typename std::decay_t<decltype(v)>::value_type>(); },
               recording.values);
  }
  return recording;
}

}  // namespace

void validate(std::span<const Recording> recordings, const State& state) {
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const Recording& recording = recordings[i];
    const Quantity quantity = recording.request.quantity;
    const std::string_view called = name(quantity);
    const bool repeated = std::any_of(recordings.begin(), recordings.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const Recording& r) { return r.request.quantity == quantity; });
    if (repeated) {
      throw ParameterError(fmt::format("recording '{}' twice", called), "a result file holds each quantity once");
    }
    if (recording.request.stride == 0) {
      throw ParameterError(fmt::format("recording '{}' with stride 0", called), "a stride must be at least 1");
    }
    const Recording model = without_rows(quantity, state);
    std::size_t expected = recording.rows;
    for (const std::size_t extent : model.row_shape) expected *= extent;
    const std::size_t values = std::visit([](const auto& v) { return v.size(); }, recording.values);
    if (recording.row_shape != model.row_shape || recording.values.index() != model.values.index() ||
        values != expected) {
      throw ShapeError(fmt::format("recording '{}' of {} values", called, values),
                       fmt::format("must have {} values in {} rows of this network", expected, recording.rows));
    }
  }
}

void write_recordings(hid_t file, std::span<const Recording> recordings) {
  const Handle group = create_group(file, schema::recordings);
  for (const Recording& recording : recordings) {
    const std::string dataset_name(name(recording.request.quantity));
    const Handle dataset = std::visit(
        [&](const auto& values) {
          return write_dataset(group, dataset_name.c_str(), dataset_shape(recording), std::span(values));
        },
        recording.values);
    write_attribute(dataset, schema::stride, recording.request.stride);
    write_attribute(dataset, schema::first_step, recording.first_step);
  }
}

std::vector<Recording> read_recordings(hid_t file, const State& state, Values values) {
  const Handle group = open_group(file, schema::recordings);
  std::vector<Recording> recordings;
  for (const std::string& dataset_name : member_names(group)) {
    recordings.push_back(read_recording(group, dataset_name, state, values));
  }
  return recordings;
}

}  // namespace sorn::io
