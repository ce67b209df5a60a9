// The result file of a run that is still going on.
#pragma once

#include "io/files/staged_file.hpp"
#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/row_writer.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace sorn::io {

/// How far one recording has come.
struct RecordingProgress {
  RecordRequest request;
  std::uint64_t first_step = 0;           ///< number of the step in the first row
  std::uint64_t stored_rows = 0;          ///< in the result file
  std::uint64_t last_chunk_checksum = 0;  ///< of the last of them
  std::vector<std::byte> tail;            ///< the rows behind those, as they lie in memory
};

/// How far a result file has come; together with the file itself all that it takes to go on.
struct StreamProgress {
  std::vector<RecordingProgress> recordings;
  Stage stage;
};

/// Streams recordings into a result file. The memory that it takes does not grow with the length of the run, but for
/// the structures of the file, a 20,000th of it.
class ResultStream {
public:
  /// A new file for a run of `steps` steps from `state.step` on. `resumable`: progress() may be asked for.
  /// @param claim  on the target; null if it is a device or a pipe
  /// @throws IoError, ParameterError
  ResultStream(const std::filesystem::path& target, const State& state, std::span<const RecordRequest> requests,
               std::uint64_t steps, bool resumable, Existing existing = Existing::refuse,
               std::shared_ptr<Claim> claim = nullptr);

  /// A file that stands at `progress`; `state` is the network's at that time. cut_off() must follow before it goes on.
  /// @throws IoError, FormatError
  ResultStream(const std::filesystem::path& target, const State& state, const StreamProgress& progress,
               Existing existing = Existing::refuse, std::shared_ptr<Claim> claim = nullptr);

  /// Removes what was recorded later. Until then the file is left as it is.
  void cut_off() noexcept { storage_.cut_off(); }

  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;
  ~ResultStream();

  /// Records a step. @throws IoError
  void record(const StepView& view);

  /// How far the file is now, safe on the disk. @throws IoError
  StreamProgress progress();

  /// From now on the file outlives a failure: a checkpoint of it exists.
  void keep() noexcept { storage_.keep(); }

  /// Completes the file and puts it in its place. @throws IoError
  void finish(const Parameters& parameters, const State& state, const RunDescription& run,
              const Provenance& provenance);

  /// What was recorded, without the values.
  std::vector<Recording> recordings() const;

private:
  struct Channel {
    RecordRequest request;
    std::uint64_t first_step;
    std::uint64_t next_step;
    RowWriter rows;
  };

  template <class Write>
  void write(Write&& write);
  void close() noexcept;

  std::filesystem::path target_;
  std::size_t ne_;
  std::size_t ni_;
  StagedFile storage_;
  Handle file_;
  Handle group_;
  std::vector<Channel> channels_;
};

}  // namespace sorn::io
