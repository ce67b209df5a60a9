#include "io/recording_writer.hpp"

#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <array>

namespace sorn::io {

namespace {

/// Number of entries that a step adds.
struct CountEntries {
  std::size_t& count;

  void operator()(const SynapseMatrix& matrix) const noexcept { count = matrix.synapse_count(); }
  void operator()(std::span<const SynapseEvent> events) const noexcept { count = events.size(); }
  template <class Row>
  void operator()(const Row& /*row*/) const noexcept {}
};

}  // namespace

RecordingFormat RecordingFormat::of(const RecordRequest& request, const Sizes& sizes) {
  RecordingFormat format{.name = std::string(sorn::name(request.quantity)), .lists = in_lists(request), .datasets = {}};
  if (!format.lists) {
    format.datasets.push_back(RowFormat::of(request.quantity, sizes));
    return format;
  }
  const bool weights = info(request.quantity).is_weights();
  format.columns = weights ? row_shape(request.quantity, sizes)[1] : 1;
  format.datasets.push_back({schema::indptr, ValueType::count, {format.columns + 1}});
  if (weights) {
    format.datasets.push_back({schema::indices, ValueType::unit, {}});
    format.datasets.push_back({schema::data, ValueType::real, {}});
  } else {
    format.datasets.push_back({schema::pre, ValueType::unit, {}});
    format.datasets.push_back({schema::post, ValueType::unit, {}});
    format.datasets.push_back({schema::birth, ValueType::flag, {}});
  }
  return format;
}

/// A recording without its datasets.
RecordingWriter::RecordingWriter(const RecordRequest& request, const Sizes& sizes)
    : request_(request),
      format_(RecordingFormat::of(request, sizes)),
      events_(info(request.quantity).is_events()),
      offsets_(format_.columns + 1) {}

RecordingWriter::RecordingWriter(hid_t group, const RecordRequest& request, const Sizes& sizes,
                                 std::uint64_t expected_rows, std::uint64_t expected_entries)
    : RecordingWriter(request, sizes) {
  hid_t parent = group;
  if (format_.lists) {
    group_ = create_group(group, format_.name.c_str());
    parent = group_;
    if (info(request.quantity).is_weights()) {
      const std::vector<std::size_t> shape = row_shape(request.quantity, sizes);
      write_attribute(group_, schema::layout, std::string(schema::layout_csc));
      write_attribute(group_, schema::shape, std::array<std::uint64_t, 2>{shape[0], shape[1]});
    }
  }
  for (const RowFormat& dataset : format_.datasets) {
    datasets_.emplace_back(parent, dataset, datasets_.empty() ? expected_rows : expected_entries);
  }
}

RecordingWriter::RecordingWriter(hid_t group, const RecordRequest& request, const Sizes& sizes,
                                 std::span<const DatasetProgress> progress)
    : RecordingWriter(request, sizes) {
  hid_t parent = group;
  if (format_.lists) {
    group_ = open_group(group, format_.name.c_str());
    parent = group_;
  }
  for (std::size_t k = 0; k < format_.datasets.size(); ++k) {
    const DatasetProgress& one = progress[k];
    datasets_.emplace_back(parent, format_.datasets[k], one.stored_rows, one.last_chunk_checksum, one.tail);
    if (k > 1 && datasets_[k].rows() != datasets_[1].rows()) {
      throw FormatError(formatted("recording '{}'", format_.name), "must have as many entries in all its lists");
    }
  }
}

bool RecordingWriter::has_room(const StepView& view) const noexcept {
  if (datasets_.front().room() <= 1) return false;
  if (!format_.lists) return true;
  if (rows() == 0 && events_) return false;  // the start is written
  std::size_t count = 0;
  with_row(request_.quantity, view, CountEntries{count});
  return std::all_of(datasets_.begin() + 1, datasets_.end(),
                     [count](const RowWriter& entries) { return entries.room() > count; });
}

void RecordingWriter::append(const StepView& view) {
  if (!format_.lists) {
    if (datasets_.front().append(request_.quantity, view)) datasets_.front().store();
    return;
  }
  if (rows() == 0 && events_) {
    write_start(topology_before(*view.state.wee, view.synapses));
  }
  struct Add {
    RecordingWriter& writer;
    void operator()(const SynapseMatrix& matrix) const { writer.append_lists(matrix); }
    void operator()(std::span<const SynapseEvent> events) const { writer.append_lists(events); }
    void operator()(std::int64_t /*count*/) const {}
    void operator()(std::span<const std::uint8_t> /*row*/) const {}
    void operator()(std::span<const std::int64_t> /*row*/) const {}
    void operator()(std::span<const double> /*row*/) const {}
  };
  with_row(request_.quantity, view, Add{*this});
}

void RecordingWriter::append(const Recording& recording) {
  if (!format_.lists) {
    std::visit([&](const auto& values) { datasets_.front().append(std::as_bytes(std::span(values))); },
               recording.values);
    return;
  }
  if (const auto* const weights = std::get_if<std::vector<double>>(&recording.values)) {
    const std::size_t row = row_size(recording.row_shape);
    for (std::size_t r = 0; r < recording.rows; ++r) {
      append_lists(std::span(*weights).subspan(r * row, row), recording.row_shape[0]);
    }
    return;
  }
  if (recording.rows > 0) write_start(recording.start);
  const auto& events = std::get<std::vector<SynapseEvent>>(recording.values);
  auto event = events.begin();
  for (std::size_t r = 0; r < recording.rows; ++r) {
    const auto end = std::find_if(event, events.end(),
                                  [&](const SynapseEvent& one) { return one.step != recording.first_step + r; });
    append_lists(std::span(event, end));
    event = end;
  }
}

void RecordingWriter::append_entry(std::uint32_t pre, double weight) {
  datasets_[1].append_one(&pre);
  datasets_[2].append_one(&weight);
}

void RecordingWriter::append_index() { datasets_.front().append_one(offsets_.data()); }

void RecordingWriter::append_lists(const SynapseMatrix& matrix) {
  offsets_[0] = static_cast<std::int64_t>(entries());
  for (std::size_t post = 0; post < format_.columns; ++post) {
    const SynapseMatrix::Column column = matrix.column(post);
    datasets_[1].append(std::as_bytes(column.pre));
    datasets_[2].append(std::as_bytes(column.weight));
    offsets_[post + 1] = static_cast<std::int64_t>(entries());
  }
  append_index();
}

void RecordingWriter::append_lists(std::span<const double> dense, std::size_t n_pre) {
  offsets_[0] = static_cast<std::int64_t>(entries());
  for (std::size_t post = 0; post < format_.columns; ++post) {
    for (std::size_t pre = 0; pre < n_pre; ++pre) {
      const double weight = dense[pre * format_.columns + post];
      if (weight != 0.0) append_entry(static_cast<std::uint32_t>(pre), weight);
    }
    offsets_[post + 1] = static_cast<std::int64_t>(entries());
  }
  append_index();
}

void RecordingWriter::append_lists(std::span<const SynapseEvent> events) {
  offsets_[0] = static_cast<std::int64_t>(entries());
  for (const SynapseEvent& event : events) {
    const std::uint8_t birth = event.birth ? 1 : 0;
    datasets_[1].append_one(&event.pre);
    datasets_[2].append_one(&event.post);
    datasets_[3].append_one(&birth);
  }
  offsets_[1] = static_cast<std::int64_t>(entries());
  append_index();
}

void RecordingWriter::write_start(const Topology& start) {
  const Handle group = create_group(group_, schema::start);
  write_attribute(group, schema::layout, std::string(schema::layout_csc));
  write_attribute(group, schema::shape, std::array<std::uint64_t, 2>{start.n_pre, start.n_post()});
  write_list(group, schema::indptr, std::vector<std::int64_t>(start.start.begin(), start.start.end()));
  write_list(group, schema::indices, std::vector<std::int32_t>(start.pre.begin(), start.pre.end()));
}

void RecordingWriter::store() {
  for (RowWriter& dataset : datasets_) dataset.store();
}

void RecordingWriter::close() noexcept {
  for (RowWriter& dataset : datasets_) dataset.close();
  group_ = {};
}

std::vector<DatasetProgress> RecordingWriter::progress() const {
  std::vector<DatasetProgress> progress;
  for (const RowWriter& dataset : datasets_) {
    const auto tail = dataset.tail();
    progress.push_back({dataset.stored_rows(), dataset.last_chunk_checksum(), {tail.begin(), tail.end()}});
  }
  return progress;
}

}  // namespace sorn::io
