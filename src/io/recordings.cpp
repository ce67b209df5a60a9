#include "io/recordings.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/recording_writer.hpp"
#include "io/scales.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

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

/// About how many entries the lists of a recording get.
std::uint64_t entries_of(const Recording& recording) noexcept {
  if (const auto* const weights = std::get_if<std::vector<double>>(&recording.values)) {
    return static_cast<std::uint64_t>(
        std::count_if(weights->begin(), weights->end(), [](double weight) { return weight != 0.0; }));
  }
  return std::visit([](const auto& values) { return values.size(); }, recording.values);
}

/// Checks that events are in their order and contradict neither each other nor the synapses before them.
void check_lineage(const Recording& recording, const Sizes& sizes) {
  const Lineage lineage = recording.lineage();
  if (lineage.begin == lineage.end) return;
  if (lineage.start.n_pre != sizes.ne || lineage.start.n_post() != sizes.ne) {
    throw ShapeError(formatted("synapses between {} and {} units", lineage.start.n_pre, lineage.start.n_post()),
                     formatted("must be those of a network of {}", sizes.ne));
  }
  const auto place = [](const SynapseEvent& event) { return std::tuple(event.step, event.post, event.pre); };
  const bool sorted = std::is_sorted(lineage.events.begin(), lineage.events.end(),
                                     [&](const SynapseEvent& a, const SynapseEvent& b) { return place(a) < place(b); });
  const bool within = lineage.events.empty() ||
                      (lineage.events.front().step >= lineage.begin && lineage.events.back().step < lineage.end);
  if (!sorted || !within) {
    throw StateError("events of synapses", "must be in the order of step, post and pre, and of recorded steps");
  }
  static_cast<void>(lineage.topology(lineage.end - 1));
}

StoredRecording open_recording(hid_t group, const std::string& member, Sizes sizes) {
  const Quantity quantity = quantity_named(member);
  const QuantityInfo& row = info(quantity);
  if (row.name != member) {
    throw FormatError(formatted("recording '{}'", member), formatted("is called '{}'", row.name));
  }
  const Handle object(H5Oopen(group, member.c_str(), H5P_DEFAULT), H5Oclose, formatted("open recording '{}'", member));
  const bool is_group = H5Iget_type(object) == H5I_GROUP;
  const bool has_columns = row.axes[0] == Axis::measure;
  if (has_columns) sizes.measures = read_columns(object);
  StoredRecording stored{without_rows(quantity, sizes), {}, {}};
  Recording& recording = stored.recording;
  if (has_columns) recording.columns = sizes.measures;
  recording.request.dense = row.is_weights() && !is_group;
  require_there(std::span(&recording.request, 1), sizes);
  const RecordingFormat format = RecordingFormat::of(recording.request, sizes);
  if (format.lists != is_group) {
    throw FormatError(formatted("recording '{}'", member), is_group ? "must be a dataset" : "must be a group");
  }
  if (is_group) stored.group = open_group(group, member.c_str());
  for (const RowFormat& one : format.datasets) {
    stored.dataset.push_back(Dataset::open(is_group ? hid_t{stored.group} : group, one.name));
    const Dataset& dataset = stored.dataset.back();
    std::vector<std::size_t> shape{dataset.shape().empty() ? 0 : dataset.shape().front()};
    if (stored.dataset.size() == 1) recording.rows = shape[0];
    if (stored.dataset.size() > 2) shape[0] = stored.dataset[1].shape().front();
    shape.insert(shape.end(), one.row_shape.begin(), one.row_shape.end());
    dataset.require_shape(shape);
  }
  recording.request.stride = read_count(object, schema::stride);
  recording.first_step = read_count(object, schema::first_step);
  if (recording.request.stride == 0) {
    throw FormatError(formatted("recording '{}' with stride 0", member), "a stride must be at least 1");
  }
  if (row.is_events() && recording.request.stride != 1) {
    throw FormatError(formatted("recording '{}' with stride {}", member, recording.request.stride),
                      "must have a row for each step");
  }
  check_steps(recording);
  return stored;
}

/// The index of some rows, with columns + 1 entries for each: where the lists begin and where the last one ends.
std::vector<std::int64_t> read_index(const StoredRecording& stored, std::size_t first, std::size_t rows) {
  std::vector<std::int64_t> index = stored.dataset[0].rows<std::int64_t>(first, rows);
  const std::size_t width = stored.dataset[0].shape()[1];
  const auto entries = static_cast<std::int64_t>(stored.dataset[1].shape()[0]);
  bool sound = std::is_sorted(index.begin(), index.end()) && (index.empty() || index.front() >= 0) &&
               (index.empty() || index.back() <= entries);
  for (std::size_t r = 1; r < rows; ++r) sound = sound && index[r * width] == index[r * width - 1];
  if (first == 0 && rows > 0) sound = sound && index.front() == 0;
  if (first + rows == stored.recording.rows && rows > 0) sound = sound && index.back() == entries;
  if (!sound) {
    throw FormatError(
        formatted("dataset '{}' of recording '{}'", schema::indptr, name(stored.recording.request.quantity)),
        "must divide the entries into lists, one after the other");
  }
  return index;
}

/// Checks the units of a list: presynaptic ones, which ascend.
void check_units(std::span<const std::int32_t> units, std::size_t count, std::string_view of) {
  std::int64_t before = -1;
  for (const std::int32_t unit : units) {
    if (unit <= before || unit >= static_cast<std::int64_t>(count)) {
      throw FormatError(formatted("unit {} in recording '{}'", unit, of),
                        formatted("units must ascend from 0 to {}", static_cast<std::int64_t>(count) - 1));
    }
    before = unit;
  }
}

/// The columns of some rows of weights. Calls take(row, post, units, weights).
template <class Take>
void read_lists(const StoredRecording& stored, std::size_t first, std::size_t rows, Take&& take) {
  if (rows == 0) return;
  const Recording& recording = stored.recording;
  const std::size_t columns = recording.row_shape[1];
  const std::vector<std::int64_t> index = read_index(stored, first, rows);
  const auto begin = static_cast<std::size_t>(index.front());
  const std::size_t count = static_cast<std::size_t>(index.back()) - begin;
  const std::vector<std::int32_t> units = stored.dataset[1].rows<std::int32_t>(begin, count);
  const std::vector<double> weights = stored.dataset[2].rows<double>(begin, count);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t post = 0; post < columns; ++post) {
      const std::int64_t* const place = index.data() + r * (columns + 1) + post;
      const std::size_t from = static_cast<std::size_t>(place[0]) - begin;
      const auto length = static_cast<std::size_t>(place[1] - place[0]);
      const std::span list = std::span(units).subspan(from, length);
      check_units(list, recording.row_shape[0], name(recording.request.quantity));
      take(r, post, list, std::span(weights).subspan(from, length));
    }
  }
}

/// The synapses before the first row of a recording of events.
Topology read_start(const StoredRecording& stored, const Sizes& sizes) {
  const Handle group = open_group(stored.group, schema::start);
  const std::vector<std::int64_t> starts = Dataset::open(group, schema::indptr).values<std::int64_t>();
  const std::vector<std::int32_t> units = Dataset::open(group, schema::indices).values<std::int32_t>();
  const bool sound = starts.size() == sizes.ne + 1 && starts.front() == 0 &&
                     std::is_sorted(starts.begin(), starts.end()) &&
                     starts.back() == static_cast<std::int64_t>(units.size());
  if (!sound) {
    throw FormatError(formatted("dataset '{}' of group '{}'", schema::indptr, schema::start),
                      formatted("must divide the units into {} lists", sizes.ne));
  }
  Topology topology{.n_pre = sizes.ne, .start = {starts.begin(), starts.end()}, .pre = {units.begin(), units.end()}};
  for (std::size_t post = 0; post < sizes.ne; ++post) {
    check_units(std::span(units).subspan(topology.start[post], topology.start[post + 1] - topology.start[post]),
                sizes.ne, name(stored.recording.request.quantity));
  }
  return topology;
}

/// The events of some rows.
std::vector<SynapseEvent> read_events(const StoredRecording& stored, std::size_t first, std::size_t rows) {
  constexpr std::size_t most_rows = std::size_t{1} << 18U;  // of an index in memory
  std::vector<SynapseEvent> events;
  for (std::size_t done = 0; done < rows;) {
    const std::size_t now = std::min(most_rows, rows - done);
    const std::vector<std::int64_t> index = read_index(stored, first + done, now);
    const auto begin = static_cast<std::size_t>(index.front());
    const std::size_t count = static_cast<std::size_t>(index.back()) - begin;
    const std::vector<std::int32_t> pre = stored.dataset[1].rows<std::int32_t>(begin, count);
    const std::vector<std::int32_t> post = stored.dataset[2].rows<std::int32_t>(begin, count);
    const std::vector<std::uint8_t> birth = stored.dataset[3].rows<std::uint8_t>(begin, count);
    for (std::size_t r = 0; r < now; ++r) {
      for (auto k = static_cast<std::size_t>(index[2 * r]) - begin;
           k < static_cast<std::size_t>(index[2 * r + 1]) - begin; ++k) {
        if (birth[k] > 1 || pre[k] < 0 || post[k] < 0) {
          throw FormatError(formatted("event {} of recording '{}'", begin + k, name(stored.recording.request.quantity)),
                            "must be the birth (1) or the death (0) of a synapse between units");
        }
        events.push_back({stored.recording.first_step + first + done + r, static_cast<std::uint32_t>(pre[k]),
                          static_cast<std::uint32_t>(post[k]), birth[k] == 1});
      }
    }
    done += now;
  }
  return events;
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
    if (info(quantity).is_events() && recording.values.index() == model.values.index()) {
      check_steps(recording);
      check_lineage(recording, sizes);
      continue;
    }
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

void write_steps(hid_t object, std::uint64_t stride, std::uint64_t first_step) {
  write_attribute(object, schema::stride, stride);
  write_attribute(object, schema::first_step, first_step);
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
  std::vector<RecordingWriter> writers;
  std::vector<ScaledRecording> scaled;
  for (const Recording& recording : recordings) {
    const Quantity quantity = recording.request.quantity;
    RecordingWriter& writer =
        writers.emplace_back(group, recording.request, sizes, recording.rows, entries_of(recording));
    write_steps(writer.object(), recording.request.stride, recording.first_step);
    write_columns(writer.object(), quantity, sizes);
    writer.append(recording);
    writer.store();
    scaled.push_back({quantity, writer.rows_dataset(), recording.request.stride, recording.first_step, recording.rows,
                      writer.format().lists});
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

Recording read_rows(const StoredRecording& stored, std::size_t first, std::size_t rows, const Sizes& sizes) {
  Recording result = stored.recording;
  result.first_step += first * result.request.stride;
  result.rows = rows;
  if (info(result.request.quantity).is_events()) {
    if (stored.recording.rows == 0) return result;
    const Recording& all = stored.recording;
    result.start = read_start(stored, sizes);
    if (first > 0) {
      const std::uint64_t last = all.first_step + first - 1;
      result.start = Lineage{all.first_step, last + 1, result.start, read_events(stored, 0, first)}.topology(last);
    }
    result.values = read_events(stored, first, rows);
    check_lineage(result, sizes);
    return result;
  }
  if (in_lists(result.request)) {
    const std::size_t columns = result.row_shape[1];
    const std::size_t row = row_size(result.row_shape);
    require_memory(static_cast<double>(row) * static_cast<double>(rows) * sizeof(double),
                   formatted("recording '{}'", name(result.request.quantity)));
    std::vector<double> dense(row * rows, 0.0);
    read_lists(stored, first, rows, [&](std::size_t r, std::size_t post, auto units, auto weights) {
      for (std::size_t k = 0; k < units.size(); ++k) {
        dense[r * row + static_cast<std::size_t>(units[k]) * columns + post] = weights[k];
      }
    });
    result.values = std::move(dense);
  } else {
    std::visit(
        [&](auto& values) {
          using T = typename std::decay_t<decltype(values)>::value_type;
          if constexpr (std::is_arithmetic_v<T>) values = stored.dataset.front().rows<T>(first, rows);
        },
        result.values);
  }
  check_values(result);
  return result;
}

CompressedColumns read_columns(const StoredRecording& stored, std::size_t row) {
  const std::size_t n_pre = stored.recording.row_shape[0];
  const std::size_t columns = stored.recording.row_shape[1];
  CompressedColumns result;
  result.posts = {0, columns};
  const auto add = [&](std::uint32_t pre, double weight) {
    if (!std::isfinite(weight)) {
      throw StateError(formatted("recording '{}' holds {}", name(stored.recording.request.quantity), weight),
                       "must be finite numbers");
    }
    result.pre.push_back(pre);
    result.weight.push_back(weight);
  };
  if (in_lists(stored.recording.request)) {
    read_lists(stored, row, 1, [&](std::size_t /*r*/, std::size_t /*post*/, auto units, auto weights) {
      for (std::size_t k = 0; k < units.size(); ++k) add(static_cast<std::uint32_t>(units[k]), weights[k]);
      result.start.push_back(result.pre.size());
    });
    return result;
  }
  const std::vector<double> dense = stored.dataset.front().rows<double>(row, 1);
  for (std::size_t post = 0; post < columns; ++post) {
    for (std::size_t pre = 0; pre < n_pre; ++pre) {
      const double weight = dense[pre * columns + post];
      if (weight != 0.0) add(static_cast<std::uint32_t>(pre), weight);
    }
    result.start.push_back(result.pre.size());
  }
  return result;
}

std::size_t event_count(const StoredRecording& stored) noexcept { return stored.dataset.at(1).shape().front(); }

}  // namespace sorn::io
