// Checkpoints: files from which a run that was broken off goes on.
#pragma once

#include "io/files/checkpoint_files.hpp"
#include "io/result_stream.hpp"

#include <sorn/io.hpp>
#include <sorn/ranks.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>

namespace sorn::io {

/// What remains to be known of a run besides its state and its recordings.
struct ResumeInfo {
  std::uint64_t steps = 0;             ///< that the run is to do in all
  std::uint64_t checkpoint_every = 0;  ///< steps
  double noise_sigma = 0.0;
  bool noise_replayed = false;
  bool driven = false;               ///< by inputs
  std::uint64_t drive_checksum = 0;  ///< of the inputs and the replayed noise of the steps done
  bool overwrite = true;             ///< the result may replace a file; also of earlier versions, which always did
};

/// In how many files a checkpoint is, and what marks those that belong together.
struct Sharing {
  std::uint64_t ranks = 1;
  std::uint64_t identity = 0;  ///< drawn at random for each checkpoint
};

/// What a checkpoint holds.
struct Checkpoint {
  Parameters parameters;
  State state;
  RunDescription run;  ///< with the steps done
  Provenance provenance;
  ResumeInfo resume;
  StreamProgress progress;
};

/// Writes a checkpoint, whole or not at all, safe on the disk. The caller holds the result file. If the state is that
/// of rank 0 alone, the other ranks write their shares.
/// @param path           as checkpoint_path() says
/// @param before_commit  called when all is written, but not in its place; if it throws, it never is
/// @throws IoError
void save_checkpoint(const std::filesystem::path& path, const Parameters& parameters, const State& state,
                     const Sharing& sharing, const RunDescription& run, const Provenance& provenance,
                     const ResumeInfo& resume, const StreamProgress& progress,
                     const std::function<void()>& before_commit = {});

/// Writes the share of a rank from 1 on into a file beside the checkpoint that is to be. @throws IoError
void save_share(const std::filesystem::path& checkpoint, const State& share, const Sharing& sharing, std::size_t rank);

/// Reads a checkpoint; everything in it is checked. With ranks, the state is the share
/// of this one.
/// @throws IoError, FormatError
Checkpoint load_checkpoint(const std::filesystem::path& path, const Ranks* ranks = nullptr);

}  // namespace sorn::io
