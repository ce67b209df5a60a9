// The files of checkpoints by their names: they lie beside a result file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// The path of a checkpoint at `step` of a run with the result file `target`. It lies beside `target`.
std::filesystem::path checkpoint_path(const std::filesystem::path& target, std::uint64_t step);

/// The file beside a checkpoint that holds share `share` ≥ 1 of its network.
std::filesystem::path share_path(const std::filesystem::path& checkpoint, std::uint64_t share);

/// Refuses to let a checkpoint replace a file that is no checkpoint. @throws IoError
void require_ours(const std::filesystem::path& path);

/// A checkpoint in a folder.
struct CheckpointFile {
  std::filesystem::path path;
  std::uint64_t step;
};

/// Calls visit(name of the result file, checkpoint) for every checkpoint in the folder of `place`, of any run.
void for_each_checkpoint(const std::filesystem::path& place,
                         const std::function<void(const std::string& target, const CheckpointFile& checkpoint)>& visit);

/// The checkpoints of a result file, the newest first. @throws IoError
std::vector<CheckpointFile> checkpoints_of(const std::filesystem::path& target);

/// Refuses a result file whose run can be resumed: a new run must not replace it. @throws IoError
void require_no_checkpoints(const std::filesystem::path& target);

/// The checkpoint to which a share with this path belongs; none if the path has another form.
std::optional<std::filesystem::path> checkpoint_of_share(const std::filesystem::path& path);

/// The result file to which a checkpoint with this path belongs; none if the path has another form.
std::optional<std::filesystem::path> target_of_checkpoint(const std::filesystem::path& path);

/// Removes shares that killed processes left: those of a result file's checkpoints that do not exist. Files that cannot
/// be removed, and files of other origin, stay: they do no harm.
void remove_stray_shares(const std::filesystem::path& target) noexcept;

/// Removes checkpoints with their shares, the last in the list first. Files that cannot be removed, and files of
/// other origin, stay: they do no harm.
void remove(std::span<const CheckpointFile> checkpoints) noexcept;

}  // namespace sorn::io
