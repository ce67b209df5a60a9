// The files of checkpoints by their names: what lies beside a result file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// A checkpoint of a run whose result file is to be `target`: beside it, named after it and the step.
std::filesystem::path checkpoint_path(const std::filesystem::path& target, std::uint64_t step);

/// The file beside a checkpoint that holds share `share` ≥ 1 of its network.
std::filesystem::path share_path(const std::filesystem::path& checkpoint, std::uint64_t share);

/// What is to be replaced by a checkpoint must be one. @throws IoError
void require_ours(const std::filesystem::path& path);

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

/// Refuses a result file whose run can go on: a new one must not take its place. @throws IoError
void require_no_checkpoints(const std::filesystem::path& target);

/// The checkpoint that a path of this form is a share of.
std::optional<std::filesystem::path> checkpoint_of_share(const std::filesystem::path& path);

/// The result file that a path of this form is a checkpoint of.
std::optional<std::filesystem::path> target_of_checkpoint(const std::filesystem::path& path);

/// Removes shares of a result file's checkpoints that are not there: what processes left that were killed. What cannot
/// be removed, and what is not ours, stays: it does no harm.
void remove_stray_shares(const std::filesystem::path& target) noexcept;

/// Removes checkpoints with their shares, the last in the list first. What cannot be removed, and what is not ours,
/// stays: it does no harm.
void remove(std::span<const CheckpointFile> checkpoints) noexcept;

}  // namespace sorn::io
