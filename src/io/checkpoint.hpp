// Checkpoints: files from which an interrupted run can be resumed.
#pragma once

#include "io/files/checkpoint_files.hpp"
#include "io/result_stream.hpp"

#include <sorn/io.hpp>
#include <sorn/ranks.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>

namespace sorn::io {

/// What a run needs to be resumed, besides its state and its recordings.
struct ResumeInfo {
  std::uint64_t steps = 0;             ///< number of steps of the whole run
  std::uint64_t checkpoint_every = 0;  ///< steps
  double noise_sigma = 0.0;
  bool noise_replayed = false;
  bool driven = false;                  ///< by inputs
  std::uint64_t drive_checksum = 0;     ///< of the inputs and the replayed noise of the steps that are done
  bool overwrite = true;                ///< the result may replace a file; true for checkpoints of earlier versions
  std::uint64_t keep_checkpoints = 0;   ///< as in RunPlan
  std::uint64_t landmark_distance = 0;  ///< steps from one landmark to the next; 0: there is one for each checkpoint
  RunLog log_ahead{};                   ///< acts of a log that the run repeats, still to come
};

/// The number of files of a checkpoint, and a mark that only these files share.
struct Sharing {
  std::uint64_t ranks = 1;
  std::uint64_t identity = 0;  ///< drawn at random for each checkpoint
};

/// What a checkpoint holds.
struct Checkpoint {
  Parameters parameters;
  State state;
  RunDescription run;  ///< of the steps that are done
  Provenance provenance;
  ResumeInfo resume;
  StreamProgress progress;
};

/// Writes a checkpoint, whole or not at all, safe on the disk. The caller holds the result file. If the state is only
/// the share of rank 0, the other ranks write their shares.
/// @param path           from checkpoint_path()
/// @param before_commit  called when all is written, but not yet in its place; if it throws, no checkpoint appears
/// @throws IoError
void save_checkpoint(const std::filesystem::path& path, const Parameters& parameters, const State& state,
                     const Sharing& sharing, const RunDescription& run, const Provenance& provenance,
                     const ResumeInfo& resume, const StreamProgress& progress,
                     const std::function<void()>& before_commit = {});

/// Writes the share of a rank ≥ 1 into a file beside the future checkpoint. @throws IoError
void save_share(const std::filesystem::path& checkpoint, const State& share, const Sharing& sharing, std::size_t rank);

/// Reads a checkpoint and checks everything in it. With ranks, the state is the share of this rank.
/// @throws IoError, FormatError
Checkpoint load_checkpoint(const std::filesystem::path& path, const Ranks* ranks = nullptr);

}  // namespace sorn::io
