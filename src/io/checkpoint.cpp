#include "io/checkpoint.hpp"

#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "io/files/checked_block.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/file_driver.hpp"
#include "io/load.hpp"
#include "io/provenance.hpp"
#include "io/recordings.hpp"
#include "io/save.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace sorn::io {

namespace fs = std::filesystem;

namespace {

void write_progress(hid_t group, const StreamProgress& progress, const Sizes& sizes) {
  write_attribute(group, schema::file_size, progress.stage.size);
  write_list(group, schema::page_numbers, progress.stage.numbers);
  write_list(group, schema::page_bytes, progress.stage.bytes);
  const Handle tails = create_group(group, schema::tails);
  for (const RecordingProgress& recording : progress.recordings) {
    const RecordingFormat format = RecordingFormat::of(recording.request, sizes);
    Handle lists;
    if (format.lists) lists = create_group(tails, format.name.c_str());
    for (std::size_t k = 0; k < format.datasets.size(); ++k) {
      const DatasetProgress& progress_of_one = recording.datasets[k];
      const RowFormat& rows_format = format.datasets[k];
      RowWriter rows(format.lists ? hid_t{lists} : hid_t{tails}, rows_format,
                     progress_of_one.tail.size() / rows_format.row_bytes());
      if (k == 0) {
        const hid_t object = format.lists ? hid_t{lists} : rows.dataset();
        write_attribute(object, schema::record, text(recording.request));
        write_attribute(object, schema::first_step, recording.first_step);
        write_columns(object, recording.request.quantity, sizes);
      }
      write_attribute(rows.dataset(), schema::rows, progress_of_one.stored_rows);
      write_attribute(rows.dataset(), schema::last_chunk_checksum, progress_of_one.last_chunk_checksum);
      rows.append(progress_of_one.tail);
      rows.store();
    }
  }
  if (progress.landmarks) write_progress(group, *progress.landmarks);
  if (progress.windows.empty()) return;
  const Handle windows = create_group(group, schema::windows);
  for (std::size_t k = 0; k < progress.windows.size(); ++k) {
    const WindowPart& part = progress.windows[k];
    const std::string member = formatted("{}", k);
    const std::size_t words = part.spikes.size();
    const Handle dataset = write_dataset(windows, member.c_str(), std::span(&words, 1), std::span(part.spikes));
    write_attribute(dataset, schema::steps, part.steps);
    write_attribute(dataset, schema::inhibitory_spikes, part.inhibitory_spikes);
    write_attribute(dataset, schema::ee_first, part.ee_first);
    write_attribute(dataset, schema::ee_fewest, part.ee_fewest);
  }
}

void write_resume(hid_t file, const ResumeInfo& resume, const StreamProgress& progress, const Sizes& sizes) {
  const Handle group = create_group(file, schema::resume);
  write_attribute(group, schema::steps_wanted, resume.steps);
  write_attribute(group, schema::checkpoint_every, resume.checkpoint_every);
  write_attribute(group, schema::noise_sigma, resume.noise_sigma);
  write_attribute(group, schema::noise_replayed, std::uint64_t{resume.noise_replayed});
  write_attribute(group, schema::driven, std::uint64_t{resume.driven});
  write_attribute(group, schema::drive_checksum, resume.drive_checksum);
  write_attribute(group, schema::overwrite, std::uint64_t{resume.overwrite});
  if (resume.keep_checkpoints != 0) {
    write_attribute(group, schema::keep_checkpoints, resume.keep_checkpoints);
    write_attribute(group, schema::landmark_distance, resume.landmark_distance);
  }
  if (!resume.log_ahead.empty()) write_long_text(group, schema::log_ahead, text(resume.log_ahead));
  write_progress(group, progress, sizes);
}

// --- reading

[[noreturn]] void refuse(std::string subject, std::string rule) {
  throw FormatError(std::move(subject), std::move(rule));
}

bool read_flag(hid_t group, const char* name) {
  const std::uint64_t value = read_count(group, name);
  if (value > 1) refuse(formatted("attribute '{}' = {}", name, value), "must be 0 or 1");
  return value == 1;
}

ResumeInfo read_resume(hid_t group) {
  ResumeInfo resume;
  resume.steps = read_count(group, schema::steps_wanted);
  resume.checkpoint_every = read_count(group, schema::checkpoint_every);
  const Scalar sigma = read_attribute(group, schema::noise_sigma);
  const auto* const real = std::get_if<double>(&sigma);
  if (real == nullptr) refuse(formatted("attribute '{}'", schema::noise_sigma), "must be a real number");
  resume.noise_sigma = *real;
  check_noise_sigma(resume.noise_sigma);
  resume.noise_replayed = read_flag(group, schema::noise_replayed);
  resume.driven = read_flag(group, schema::driven);
  resume.drive_checksum = read_count(group, schema::drive_checksum);
  if (H5Aexists(group, schema::overwrite) > 0) resume.overwrite = read_flag(group, schema::overwrite);
  if (H5Aexists(group, schema::keep_checkpoints) > 0) {
    resume.keep_checkpoints = read_count(group, schema::keep_checkpoints);
    resume.landmark_distance = read_count(group, schema::landmark_distance);
  }
  if (const auto log = read_long_text(group, schema::log_ahead)) resume.log_ahead = run_log(*log);
  return resume;
}

Stage read_stage(hid_t group) {
  Stage stage;
  stage.size = read_count(group, schema::file_size);
  stage.numbers = Dataset::open(group, schema::page_numbers).values<std::uint64_t>();
  const Dataset bytes = Dataset::open(group, schema::page_bytes);
  const std::size_t expected = stage.numbers.size() * Stage::page_bytes;
  bytes.require_shape(std::span(&expected, 1));
  stage.bytes = bytes.values<std::uint8_t>();
  constexpr std::uint64_t most = std::uint64_t{1} << 62U;  // bytes of a file
  if (stage.size > most) refuse(formatted("a result file of {} bytes", stage.size), "is larger than any can be");
  const std::uint64_t pages = (stage.size + Stage::page_bytes - 1) / Stage::page_bytes;
  for (std::size_t k = 0; k < stage.numbers.size(); ++k) {
    if (stage.numbers[k] >= pages || (k > 0 && stage.numbers[k] <= stage.numbers[k - 1])) {
      refuse(formatted("page {} of a result file of {} bytes", stage.numbers[k], stage.size),
             "pages must ascend and lie in the file");
    }
  }
  return stage;
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

DatasetProgress read_dataset(hid_t group, const RowFormat& format) {
  const Dataset dataset = Dataset::open(group, format.name);
  DatasetProgress progress{.stored_rows = read_count(dataset.handle(), schema::rows),
                           .last_chunk_checksum = read_count(dataset.handle(), schema::last_chunk_checksum),
                           .tail = {}};
  std::vector<std::size_t> shape{dataset.shape().empty() ? 0 : dataset.shape()[0]};
  shape.insert(shape.end(), format.row_shape.begin(), format.row_shape.end());
  dataset.require_shape(shape);
  switch (format.type) {
    case ValueType::spike:
    case ValueType::flag: progress.tail = bytes_of(dataset.values<std::uint8_t>()); break;
    case ValueType::unit: progress.tail = bytes_of(dataset.values<std::int32_t>()); break;
    case ValueType::count: progress.tail = bytes_of(dataset.values<std::int64_t>()); break;
    case ValueType::event:
    case ValueType::real: progress.tail = bytes_of(dataset.values<double>()); break;
  }
  return progress;
}

/// @param measures  receives the names of the columns of statistics
RecordingProgress read_recording(hid_t tails, const std::string& member, const State& state, const RunDescription& run,
                                 std::vector<std::string>& measures) {
  require_member(tails, member.c_str(), "recording");
  const Handle object(H5Oopen(tails, member.c_str(), H5P_DEFAULT), H5Oclose, formatted("open recording '{}'", member));
  RecordingProgress recording;
  recording.request = record_request(read_text(object, schema::record));
  const RecordRequest& request = recording.request;
  if (name(request.quantity) != member) refuse(formatted("recording '{}'", member), "is of another quantity");
  recording.first_step = read_count(object, schema::first_step);

  if (info(request.quantity).axes[0] == Axis::measure) measures = read_columns(object);
  const Sizes sizes = sizes_of(state, run.signals.size(), measures);
  require_there(std::span(&request, 1), sizes);
  const RecordingFormat format = RecordingFormat::of(request, sizes);
  Handle lists;
  if (format.lists) lists = open_group(tails, member.c_str());
  for (const RowFormat& one : format.datasets) {
    recording.datasets.push_back(read_dataset(format.lists ? hid_t{lists} : tails, one));
  }
  // There must be one row for each recorded step that was done.
  const std::uint64_t done = rows_between(request, run.first_step, state.step);
  const DatasetProgress& rows = recording.datasets.front();
  const std::size_t in_tail = rows.tail.size() / format.datasets.front().row_bytes();
  if (rows.stored_rows > done || in_tail != done - rows.stored_rows) {
    refuse(formatted("recording '{}' of {} + {} rows", text(request), rows.stored_rows, in_tail),
           formatted("must have {}", done));
  }
  if (recording.first_step != next_recorded(request, run.first_step)) {
    refuse(formatted("recording '{}' from step {} on", text(request), recording.first_step),
           "does not begin with the run");
  }
  return recording;
}

/// The window that is not over.
WindowPart read_window(hid_t windows, const std::string& member, const RecordRequest& request, const State& state,
                       const RunDescription& run) {
  const Dataset dataset = Dataset::open(windows, member);
  WindowPart part;
  part.steps = read_count(dataset.handle(), schema::steps);
  part.inhibitory_spikes = read_count(dataset.handle(), schema::inhibitory_spikes);
  part.ee_first = read_count(dataset.handle(), schema::ee_first);
  part.ee_fewest = read_count(dataset.handle(), schema::ee_fewest);
  const std::uint64_t done = steps_of_part(request, run.first_step, state.step);
  if (part.steps != done) {
    refuse(formatted("{} steps of a window of '{}'", part.steps, text(request)), formatted("must be {}", done));
  }
  const std::size_t words = static_cast<std::size_t>(done) * packed_words(state.ne());
  dataset.require_shape(std::span(&words, 1));
  part.spikes = dataset.values<std::uint64_t>();
  const std::uint64_t pairs = static_cast<std::uint64_t>(state.ne()) * state.ne();
  if (part.inhibitory_spikes > part.steps * state.ni() || part.ee_first > pairs || part.ee_fewest > part.ee_first) {
    refuse(formatted("the counts of a window of '{}'", text(request)), "are larger than they can be");
  }
  return part;
}

Checkpoint read(hid_t file, const fs::path& path, const Ranks* ranks) {
  read_format(file, {schema::checkpoint_format});
  Checkpoint checkpoint;
  checkpoint.parameters = read_parameters(file);
  checkpoint.run = read_run(file);
  checkpoint.provenance = read_provenance(file);
  const Parameters& p = checkpoint.parameters;
  std::optional<Ownership> own;
  if (ranks != nullptr) own = ownership(p.ne, p.inhibitory_count(), ranks->size(), ranks->rank());
  checkpoint.state = read_state(file, path, p, own);
  const RunDescription& run = checkpoint.run;
  const Handle group = open_group(file, schema::resume);
  checkpoint.resume = read_resume(group);
  if (run.steps > checkpoint.state.step || run.first_step != checkpoint.state.step - run.steps) {
    refuse(formatted("{} steps from step {} on", run.steps, run.first_step),
           formatted("the state is that after step {}", checkpoint.state.step));
  }
  if (run.steps > checkpoint.resume.steps) {
    refuse(formatted("{} steps done", run.steps), formatted("the run is one of {}", checkpoint.resume.steps));
  }
  checkpoint.progress.stage = read_stage(group);
  checkpoint.progress.landmarks = read_landmark_progress(group);
  const Handle tails = open_group(group, schema::tails);
  std::vector<RecordRequest> requests;
  for (const std::string& member : member_names(tails)) {
    checkpoint.progress.recordings.push_back(
        read_recording(tails, member, checkpoint.state, run, checkpoint.progress.measures));
    requests.push_back(checkpoint.progress.recordings.back().request);
  }
  const std::vector<RecordRequest> windowed = distinct_windows(requests);
  if (windowed.empty()) return checkpoint;
  const Handle windows = open_group(group, schema::windows);
  for (std::size_t k = 0; k < windowed.size(); ++k) {
    checkpoint.progress.windows.push_back(read_window(windows, formatted("{}", k), windowed[k], checkpoint.state, run));
  }
  return checkpoint;
}

}  // namespace

void save_checkpoint(const fs::path& path, const Parameters& parameters, const State& state, const Sharing& sharing,
                     const RunDescription& run, const Provenance& provenance, const ResumeInfo& resume,
                     const StreamProgress& progress, const std::function<void()>& before_commit) {
  require_ours(path);
  AtomicFile destination(path, Existing::replace, std::make_shared<Claim>(path, path));
  write_hdf5(destination, path, [&] {
    Handle file = create_file(destination, schema::checkpoint_block);
    write_format(file, schema::checkpoint_format);
    write_provenance(file, provenance);
    write_parameters(file, parameters);
    write_run(file, run);
    write_state(file, state, {.share = 0, .shares = sharing.ranks, .identity = sharing.identity});
    write_resume(file, resume, progress, sizes_of(state, run.signals.size(), progress.measures));
    static_cast<void>(
        create_group(file, schema::recordings));  // an empty group: a checkpoint can be read like a result
    file.close_now("complete the file");
  });
  seal(destination);
  if (before_commit) before_commit();
  destination.commit();
}

void save_share(const fs::path& checkpoint, const State& share, const Sharing& sharing, std::size_t rank) {
  const fs::path path = share_path(checkpoint, rank);
  require_ours(path);
  AtomicFile destination(path, Existing::replace, std::make_shared<Claim>(path, path));
  write_hdf5(destination, path, [&] {
    Handle file = create_file(destination, schema::checkpoint_block);
    write_format(file, schema::share_format);
    write_state(file, share, {.share = rank, .shares = sharing.ranks, .identity = sharing.identity},
                Activity::left_out);
    file.close_now("complete the file");
  });
  seal(destination);
  destination.commit();
}

Checkpoint load_checkpoint(const fs::path& path, const Ranks* ranks) {
  const Session session;
  const Handle file = open_file(path, Structures::with_checksums, Seal::required);
  return naming(path, [&] { return read(file, path, ranks); });
}

}  // namespace sorn::io
