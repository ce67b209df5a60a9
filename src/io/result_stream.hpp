// Writes the result file of a run while it is running.
#pragma once

#include "core/window.hpp"
#include "io/files/staged_file.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/landmarks.hpp"
#include "io/recording_writer.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// The progress of one recording.
struct RecordingProgress {
  RecordRequest request;
  std::uint64_t first_step = 0;           ///< the step of the first row
  std::vector<DatasetProgress> datasets;  ///< as RecordingFormat lists them
};

/// The progress of a result file. With this and the file itself, a run can be resumed.
struct StreamProgress {
  std::vector<RecordingProgress> recordings;
  Stage stage;
  std::optional<LandmarkProgress> landmarks{};  ///< unset: the run keeps none
  std::vector<std::string> measures{};          ///< names of the columns of `stats`
  std::vector<WindowPart> windows{};            ///< of distinct_windows() of the recordings
};

/// Streams recordings into a result file. Its memory does not grow with the length of the run, except for the
/// structures of the file, which take 1/20,000 of its size.
class ResultStream {
public:
  /// A new file for a run of `steps` steps from `state.step` on. `resumable`: progress() may be called.
  /// @param claim    on the target; null if it is a device or a pipe
  /// @param signals  the number of signals of the run
  /// @param measures  the names of the columns of `stats`
  /// @throws IoError, ParameterError
  ResultStream(const std::filesystem::path& target, const State& state, std::span<const RecordRequest> requests,
               std::uint64_t steps, bool resumable, Existing existing = Existing::refuse,
               std::shared_ptr<Claim> claim = nullptr, std::size_t signals = 0,
               const std::vector<std::string>& measures = {});

  /// Continues a file from `progress`; `state` is the network's state at that time. cut_off() must precede record().
  /// @throws IoError, FormatError
  ResultStream(const std::filesystem::path& target, const State& state, const StreamProgress& progress,
               Existing existing = Existing::refuse, std::shared_ptr<Claim> claim = nullptr, std::size_t signals = 0);

  /// Removes rows that were recorded after `progress`. Before this call the file is unchanged.
  void cut_off() noexcept { storage_.cut_off(); }

  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;
  ~ResultStream();

  /// Records a step. @throws IoError
  void record(const StepView& view);

  /// Keeps the state of a whole network as a landmark. `drive_checksum` is that of the steps before it. The first one
  /// comes before the first step. @throws IoError
  void keep_landmark(const State& state, std::uint64_t drive_checksum);
  /// LandmarkWriter::thin(), if there are landmarks.
  void thin_landmarks(std::uint64_t first, std::uint64_t distance);

  /// The progress of the file now; its values are then safe on the disk. @throws IoError
  /// @param windows  the steps of the windows that are not over
  StreamProgress progress(std::vector<WindowPart> windows = {});

  /// From now on the file is kept after a failure, because a checkpoint of it exists.
  void keep() noexcept { storage_.keep(); }

  /// Completes the file and puts it in its place. @throws IoError
  /// @param drive_checksum  of all steps, if there are landmarks
  void finish(const Parameters& parameters, const State& state, const RunDescription& run, const Provenance& provenance,
              std::uint64_t drive_checksum = 0);

  /// The recordings, without their values.
  std::vector<Recording> recordings() const;

private:
  struct Channel {
    RecordRequest request;
    std::uint64_t first_step;
    std::uint64_t next_step;
    RecordingWriter rows;
  };

  template <class Write>
  void write(Write&& write);
  void close() noexcept;

  std::filesystem::path target_;
  Sizes sizes_;
  StagedFile storage_;
  Handle file_;
  Handle group_;
  std::vector<Channel> channels_;
  std::optional<LandmarkWriter> landmarks_;
};

}  // namespace sorn::io
