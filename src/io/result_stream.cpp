#include "io/result_stream.hpp"

#include "core/state_fields.hpp"
#include "io/hdf5/file_driver.hpp"
#include "io/load.hpp"
#include "io/provenance.hpp"
#include "io/recordings.hpp"
#include "io/save.hpp"
#include "io/scales.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sorn::io {

namespace {

Handle open_for_writing(Storage& storage) {
  const Handle access = access_through(storage, Origin::foreign);
  // HDF5 marks a file that is open for writing, and the file of a Stage was open.
  const hbool_t clear = true;
  require(H5Pset(access, "clear_status_flags", &clear), "set access properties");
  require(H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110), "set the file's version");
  return {H5Fopen("result", H5F_ACC_RDWR, access), H5Fclose, "open the result file"};
}

/// About how many entries the lists of a recording get, from which the size of their chunks follows. It must not depend
/// on the synapses of this rank, so that the file is the same on any number of ranks.
std::uint64_t expected_entries(const RecordRequest& request, const State& state, std::uint64_t rows) {
  constexpr std::uint64_t synapses_a_unit = 16;
  if (info(request.quantity).is_events()) return rows / 4 + 1024;
  return rows * synapses_a_unit * std::max<std::uint64_t>({state.ne(), state.ni(), 1});
}

}  // namespace

/// Runs `write` in a Session, with the errors of the public header.
template <class Write>
void ResultStream::write(Write&& write) {
  write_hdf5(storage_, target_, std::forward<Write>(write));
}

ResultStream::ResultStream(const std::filesystem::path& target, const State& state,
                           std::span<const RecordRequest> requests, std::uint64_t steps, bool resumable,
                           Existing existing, std::shared_ptr<Claim> claim, std::size_t signals,
                           const std::vector<std::string>& measures)
    : target_(target),
      sizes_(sizes_of(state, signals, measures)),
      storage_(target, resumable, existing, std::move(claim)) {
  write([&] {
    try {
      file_ = create_file(storage_);
      write_format(file_, schema::format);
      group_ = create_group(file_, schema::recordings);
      for (const RecordRequest& request : requests) {
        const std::uint64_t expected = rows_between(request, state.step, state.step + steps);
        RecordingWriter rows(group_, request, sizes_, expected, expected_entries(request, state, expected));
        const std::uint64_t first = next_recorded(request, state.step);
        write_steps(rows.object(), request.stride, first);
        write_columns(rows.object(), request.quantity, sizes_);
        channels_.push_back({request, first, recorded_in(request, first), std::move(rows)});
      }
    } catch (...) {
      close();
      throw;
    }
  });
}

ResultStream::ResultStream(const std::filesystem::path& target, const State& state, const StreamProgress& progress,
                           Existing existing, std::shared_ptr<Claim> claim, std::size_t signals)
    : target_(target),
      sizes_(sizes_of(state, signals, progress.measures)),
      storage_(target, progress.stage, existing, std::move(claim)) {
  const Session session;
  naming(target, [&] {
    try {
      file_ = open_for_writing(storage_);
      group_ = open_group(file_, schema::recordings);
      for (const RecordingProgress& recording : progress.recordings) {
        const RecordRequest& request = recording.request;
        RecordingWriter rows(group_, request, sizes_, recording.datasets);
        const std::uint64_t next = recorded_in(request, next_recorded(request, state.step));
        channels_.push_back({request, recording.first_step, next, std::move(rows)});
      }
      if (progress.landmarks) landmarks_.emplace(file_, *progress.landmarks);
    } catch (...) {
      close();
      throw;
    }
  });
}

ResultStream::~ResultStream() {
  const Session session(Session::Closing::only);
  close();
}

void ResultStream::close() noexcept {
  channels_.clear();
  landmarks_.reset();
  group_ = {};
  file_ = {};
}

void ResultStream::record(const StepView& view) {
  for (Channel& channel : channels_) {
    const RecordRequest& request = channel.request;
    if (view.step != channel.next_step || view.step >= request.end) continue;
    channel.next_step += request.stride;
    if (channel.rows.has_room(view)) {
      channel.rows.append(view);
    } else {
      write([&] { channel.rows.append(view); });
    }
  }
}

void ResultStream::keep_landmark(const State& state, std::uint64_t drive_checksum) {
  if (!landmarks_) write([&] { landmarks_.emplace(file_, state); });
  if (landmarks_->add(state, drive_checksum)) write([&] { landmarks_->store(); });
}

void ResultStream::thin_landmarks(std::uint64_t first, std::uint64_t distance) {
  if (landmarks_) landmarks_->thin(first, distance);
}

StreamProgress ResultStream::progress(std::vector<WindowPart> windows) {
  write([&] { require(H5Fflush(file_, H5F_SCOPE_GLOBAL), "flush the file"); });
  StreamProgress progress;
  progress.stage = storage_.stage();
  progress.measures = sizes_.measures;
  progress.windows = std::move(windows);
  for (const Channel& channel : channels_) {
    progress.recordings.push_back({channel.request, channel.first_step, channel.rows.progress()});
  }
  if (landmarks_) progress.landmarks = landmarks_->progress();
  return progress;
}

void ResultStream::finish(const Parameters& parameters, const State& state, const RunDescription& run,
                          const Provenance& provenance, std::uint64_t drive_checksum) {
  write([&] {
    write_provenance(file_, provenance);
    write_parameters(file_, parameters);
    write_run(file_, run);
    write_state(file_, state);
    std::vector<ScaledRecording> scaled;
    for (Channel& channel : channels_) {
      channel.rows.store();
      scaled.push_back({channel.request.quantity, channel.rows.rows_dataset(), channel.request.stride,
                        channel.first_step, channel.rows.rows(), channel.rows.format().lists});
    }
    attach_scales(group_, scaled, sizes_);
    group_ = {};
    for (Channel& channel : channels_) channel.rows.close();
    if (landmarks_) {
      landmarks_->finish(drive_checksum);
      landmarks_->close();
    }
    file_.close_now("complete the file");
  });
  storage_.commit();
}

std::vector<Recording> ResultStream::recordings() const {
  std::vector<Recording> result;
  for (const Channel& channel : channels_) {
    Recording& recording = result.emplace_back();
    recording.request = channel.request;
    recording.row_shape = row_shape(channel.request.quantity, sizes_);
    recording.first_step = channel.first_step;
    recording.rows = channel.rows.rows();
    if (info(channel.request.quantity).axes[0] == Axis::measure) recording.columns = sizes_.measures;
  }
  return result;
}

}  // namespace sorn::io
