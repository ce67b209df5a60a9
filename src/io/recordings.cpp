#include "io/recordings.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/row_writer.hpp"
#include "io/scales.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>

namespace sorn::io {

namespace {

void check_spikes(const Recording& recording) {
  const auto* const spikes = std::get_if<std::vector<std::uint8_t>>(&recording.values);
  if (spikes == nullptr) return;
  const auto wrong = std::find_if(spikes->begin(), spikes->end(), [](std::uint8_t value) { return value > 1; });
  if (wrong == spikes->end()) return;
  throw StateError(formatted("recording '{}' holds {}", name(recording.request.quantity), *wrong),
                   "spikes must be 0 or 1");
}

/// Checks that counts, thresholds and weights are such that a network can have had them.
void check_numbers(const Recording& recording) {
  const auto refuse = [&](auto value, const char* rule) {
    throw StateError(formatted("recording '{}' holds {}", name(recording.request.quantity), value), rule);
  };
  if (const auto* counts = std::get_if<std::vector<std::int64_t>>(&recording.values)) {
    const Quantity quantity = recording.request.quantity;
    const bool may_be_none =
        quantity == Quantity::symbol || quantity == Quantity::action || info(quantity).is_of_window();
    for (const std::int64_t count : *counts) {
      if (may_be_none && count < -1) refuse(count, "must be -1 (none) or more");
      if (!may_be_none && count < 0) refuse(count, "counts must not be negative");
    }
  }
  if (const auto* numbers = std::get_if<std::vector<double>>(&recording.values)) {
    const Quantity quantity = recording.request.quantity;
    const bool may_be_missing =
        quantity == Quantity::reward || quantity == Quantity::signals;  // a step without a value
    if (quantity == Quantity::stats) return;                            // a measure may be undefined, or infinite
    for (const double number : *numbers) {
      if (!std::isfinite(number) && !(may_be_missing && std::isnan(number))) refuse(number, "must be finite numbers");
    }
  }
}

/// Checks that a network can have had these values. What is written and what is read passes it.
void check_values(const Recording& recording) {
  check_spikes(recording);
  check_numbers(recording);
}

/// Checks the names of columns. They are keys in Python and in tables.
void check_columns(std::span<const std::string> columns) {
  for (auto column = columns.begin(); column != columns.end(); ++column) {
    const bool plain = !column->empty() && std::all_of(column->begin(), column->end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!plain) throw StateError(formatted("column '{}'", printable(*column)), "must be the name of a measure");
    if (std::find(columns.begin(), column, *column) != column) {
      throw StateError(formatted("column '{}'", *column), "must be there once");
    }
  }
}

/// Checks that no row is of a step beyond the last one. The stride must be 1 or more.
void check_steps(const Recording& recording) {
  const std::uint64_t stride = recording.request.stride;
  const std::uint64_t first = std::min(recording.first_step, last_step);
  if (recording.rows == 0 || (recording.first_step == first && recording.rows - 1 <= (last_step - first) / stride)) {
    return;
  }
  throw StateError(formatted("recording '{}' from step {}, every {}", name(recording.request.quantity),
                             recording.first_step, stride),
                   formatted("its {} rows would reach beyond step {}", recording.rows, last_step));
}

std::vector<std::size_t> dataset_shape(const Recording& recording) {
  std::vector<std::size_t> shape{recording.rows};
  shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
  return shape;
}

StoredRecording open_recording(hid_t group, const std::string& dataset_name, Sizes sizes) {
  const Quantity quantity = quantity_named(dataset_name);
  if (name(quantity) != dataset_name) {
    throw FormatError(formatted("recording '{}'", dataset_name), formatted("is called '{}'", name(quantity)));
  }
  Dataset dataset = Dataset::open(group, dataset_name);
  const bool has_columns = info(quantity).axes[0] == Axis::measure;
  if (has_columns) sizes.measures = read_columns(dataset.handle());
  Recording recording = without_rows(quantity, sizes);
  if (has_columns) recording.columns = sizes.measures;
  require_there(std::span(&recording.request, 1), sizes);
  recording.rows = dataset.shape().empty() ? 0 : dataset.shape().front();
  dataset.require_shape(dataset_shape(recording));
  recording.request.stride = read_count(dataset.handle(), schema::stride);
  recording.first_step = read_count(dataset.handle(), schema::first_step);
  if (recording.request.stride == 0) {
    throw FormatError(formatted("recording '{}' with stride 0", dataset_name), "a stride must be at least 1");
  }
  check_steps(recording);
  return {std::move(recording), std::move(dataset)};
}

}  // namespace

void validate(std::span<const Recording> recordings, const Sizes& sizes) {
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const Recording& recording = recordings[i];
    const Quantity quantity = recording.request.quantity;
    const std::string_view called = name(quantity);
    const bool repeated = std::any_of(recordings.begin(), recordings.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const Recording& r) { return r.request.quantity == quantity; });
    if (repeated) {
      throw ParameterError(formatted("recording '{}' twice", called), "a result file holds each quantity once");
    }
    if (recording.request.stride == 0) {
      throw ParameterError(formatted("recording '{}' with stride 0", called), "a stride must be at least 1");
    }
    const Recording model = without_rows(quantity, sizes);
    require_there(std::span(&model.request, 1), sizes);
    const std::size_t expected = recording.rows * row_size(model.row_shape);
    const std::size_t values = std::visit([](const auto& v) { return v.size(); }, recording.values);
    if (recording.row_shape != model.row_shape || recording.values.index() != model.values.index() ||
        values != expected) {
      throw ShapeError(formatted("recording '{}' of {} values", called, values),
                       formatted("must have {} values in {} rows of this network", expected, recording.rows));
    }
    check_columns(recording.columns);
    check_steps(recording);
    check_values(recording);
  }
}

void write_steps(hid_t dataset, std::uint64_t stride, std::uint64_t first_step) {
  write_attribute(dataset, schema::stride, stride);
  write_attribute(dataset, schema::first_step, first_step);
}

void write_columns(hid_t dataset, Quantity quantity, const Sizes& sizes) {
  if (info(quantity).axes[0] == Axis::measure) {
    write_attribute(dataset, schema::columns, joined(sizes.measures, ","));
  }
}

std::vector<std::string> read_columns(hid_t dataset) {
  const std::string text = read_text(dataset, schema::columns);
  std::vector<std::string> columns;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    columns.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  check_columns(columns);
  return columns;
}

void write_recordings(hid_t file, std::span<const Recording> recordings, const Sizes& sizes) {
  const Handle group = create_group(file, schema::recordings);
  std::vector<RowWriter> writers;
  std::vector<ScaledRecording> scaled;
  for (const Recording& recording : recordings) {
    const Quantity quantity = recording.request.quantity;
    RowWriter& writer = writers.emplace_back(group, RowFormat::of(quantity, sizes), recording.rows);
    write_steps(writer.dataset(), recording.request.stride, recording.first_step);
    write_columns(writer.dataset(), quantity, sizes);
    std::visit([&](const auto& values) { writer.append(std::as_bytes(std::span(values))); }, recording.values);
    writer.store();
    scaled.push_back({quantity, writer.dataset(), recording.request.stride, recording.first_step, recording.rows});
  }
  attach_scales(group, scaled, sizes);
}

std::vector<StoredRecording> open_recordings(hid_t file, const Sizes& sizes) {
  const Handle group = open_group(file, schema::recordings);
  std::vector<StoredRecording> recordings;
  for (const std::string& member : member_names(group)) {
    if (!is_scale(group, member.c_str())) recordings.push_back(open_recording(group, member, sizes));
  }
  return recordings;
}

Recording read_rows(const StoredRecording& stored, std::size_t first, std::size_t rows) {
  Recording result = stored.recording;
  result.first_step += first * result.request.stride;
  result.rows = rows;
  std::visit(
      [&](auto& values) {
        values = stored.dataset.rows<typename std::decay_t<decltype(values)>::value_type>(first, rows);
      },
      result.values);
  check_values(result);
  return result;
}

}  // namespace sorn::io
