// Checkpoints: files from which a run that was broken off goes on.
#pragma once

#include "io/result_stream.hpp"

#include <sorn/io.hpp>
#include <sorn/ranks.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace sorn::io {

/// What remains to be known of a run besides its state and its recordings.
struct ResumeInfo {
  std::uint64_t steps = 0;             ///< that the run is to do in all
  std::uint64_t checkpoint_every = 0;  ///< steps
  double noise_sigma = 0.0;
  bool noise_replayed = false;
  bool driven = false;               ///< by inputs
  std::uint64_t drive_checksum = 0;  ///< of the inputs and the replayed noise of the steps done
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

/// Writes a checkpoint, whole or not at all, safe on the disk. Only one process at a time may for one result file. If
/// the state is that of rank 0 alone, the other `ranks` write their shares.
/// @param path           as checkpoint_path() says
/// @param before_commit  called when all is written, but not in its place; if it throws, it never is
/// @throws IoError
void save_checkpoint(const std::filesystem::path& path, const Parameters& parameters, const State& state,
                     std::size_t ranks, const RunDescription& run, const Provenance& provenance,
                     const ResumeInfo& resume, const StreamProgress& progress, const std::function<void()>& before_commit = {});

/// Writes the share of a rank from 1 on into a file beside the checkpoint that is to be. @throws IoError
void save_share(const std::filesystem::path& checkpoint, const State& share, std::size_t ranks, std::size_t rank);

/// Reads a checkpoint; everything in it is checked. With ranks, the state is the share
/// of this one.
/// @throws IoError, FormatError
Checkpoint load_checkpoint(const std::filesystem::path& path, const Ranks* ranks = nullptr);

/// A checkpoint of a run whose result file is to be `target`: beside it, named after it and the step.
std::filesystem::path checkpoint_path(const std::filesystem::path& target, std::uint64_t step);

/// Where a checkpoint of a run is collected until it is whole.
std::filesystem::path unfinished_checkpoint(const std::filesystem::path& target);

/// A checkpoint in a folder.
struct CheckpointFile {
  std::filesystem::path path;
  std::uint64_t step;
};

/// Calls visit(name of the result file, checkpoint) for every checkpoint in the folder of `place`, of whatever run.
void for_each_checkpoint(const std::filesystem::path& place,
                         const std::function<void(const std::string& target, const CheckpointFile& checkpoint)>& visit);

/// The checkpoints of a result file, the newest first. @throws IoError
std::vector<CheckpointFile> checkpoints_of(const std::filesystem::path& target);

/// The checkpoint that a path of this form is a share of.
std::optional<std::filesystem::path> checkpoint_of_share(const std::filesystem::path& path);

/// The result file that a path of this form is a checkpoint of.
std::optional<std::filesystem::path> target_of_checkpoint(const std::filesystem::path& path);

/// Removes shares of a result file's checkpoints that are not there: what processes left that were killed. What cannot
/// be removed stays: it does no harm.
void remove_stray_shares(const std::filesystem::path& target) noexcept;

/// Removes checkpoints with their shares, the last in the list first. What cannot be removed stays: it does no harm.
void remove(std::span<const CheckpointFile> checkpoints) noexcept;

}  // namespace sorn::io
