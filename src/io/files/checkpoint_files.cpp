#include "io/files/checkpoint_files.hpp"

#include "io/files/atomic_file.hpp"
#include "io/schema.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

namespace sorn::io {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view infix = ".checkpoint-";
constexpr std::string_view share_infix = ".share-";

/// The parts of a checkpoint's name: the name of its result file, and the step.
struct CheckpointName {
  std::string target;
  std::uint64_t step;
};

std::optional<CheckpointName> parsed_name(const fs::path& path) {
  const std::string file_name = path.filename().string();
  const std::size_t at = file_name.rfind(infix);
  if (at == std::string::npos || at == 0) return std::nullopt;
  std::uint64_t step = 0;
  const char* const first = file_name.data() + at + infix.size();
  const char* const last = file_name.data() + file_name.size();
  const auto [end, error] = std::from_chars(first, last, step);
  if (error != std::errc{} || end != last || first == last) return std::nullopt;
  return CheckpointName{file_name.substr(0, at), step};
}

/// Calls visit(path) for each entry of the folder of `place`. Paths are relative or absolute as `place` is.
template <class Visit>
void for_each_beside(const fs::path& place, Visit&& visit) {
  const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    visit(place.parent_path() / entry->path().filename());
  }
  // A folder that does not exist, or that may be written but not listed, counts as empty. Any other failure must be an
  // error.
  const int code = failed.value();
  if (code == ENOMEM) throw std::bad_alloc();
  if (code != 0 && code != ENOENT && code != ENOTDIR && code != EACCES) throw_system_error("look into", folder, code);
}

enum class Kind : std::uint8_t { missing, sealed, foreign };

/// The kind of file at a path that has the name of a checkpoint. Does not follow links.
Kind kind_of(const fs::path& path) noexcept {
  const int descriptor = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Kind::missing : Kind::foreign;
  std::array<char, schema::checkpoint_magic.size()> beginning{};
  struct stat status {};
  const bool sealed =
      fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
      pread(descriptor, beginning.data(), beginning.size(), 0) == static_cast<ssize_t>(beginning.size()) &&
      std::string_view(beginning.data(), beginning.size()) == schema::checkpoint_magic;
  close(descriptor);
  return sealed ? Kind::sealed : Kind::foreign;
}

/// Removes a checkpoint or a share. False if it does not exist or is another kind of file.
bool remove_ours(const fs::path& path) noexcept { return kind_of(path) == Kind::sealed && unlink(path.c_str()) == 0; }

}  // namespace

void require_ours(const fs::path& path) {
  if (kind_of(path) != Kind::foreign) return;
  throw IoError(formatted("'{}' is there already", path.string()), "it is not a checkpoint, which would lie there",
                "move it away");
}

fs::path checkpoint_path(const fs::path& target, std::uint64_t step) {
  fs::path path = resolved(target);
  path += formatted("{}{}", infix, step);
  return path;
}

fs::path share_path(const fs::path& checkpoint, std::uint64_t share) {
  fs::path path = checkpoint;
  path += formatted("{}{}", share_infix, share);
  return path;
}

std::optional<fs::path> target_of_checkpoint(const fs::path& path) {
  const auto name = parsed_name(path);
  if (!name) return std::nullopt;
  return path.parent_path() / name->target;
}

std::optional<fs::path> checkpoint_of_share(const fs::path& path) {
  const std::string file_name = path.filename().string();
  const std::size_t at = file_name.rfind(share_infix);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view number = std::string_view(file_name).substr(at + share_infix.size());
  if (number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  fs::path checkpoint = path.parent_path() / file_name.substr(0, at);
  if (!parsed_name(checkpoint)) return std::nullopt;
  return checkpoint;
}

void for_each_checkpoint(
    const fs::path& place,
    const std::function<void(const std::string& target, const CheckpointFile& checkpoint)>& visit) {
  for_each_beside(place, [&](const fs::path& path) {
    if (const auto name = parsed_name(path)) visit(name->target, {path, name->step});
  });
}

std::vector<CheckpointFile> checkpoints_of(const fs::path& target) {
  const fs::path place = resolved(target);
  std::vector<CheckpointFile> found;
  for_each_checkpoint(place, [&](const std::string& name, const CheckpointFile& checkpoint) {
    if (name == place.filename()) found.push_back(checkpoint);
  });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.step > b.step; });
  return found;
}

void require_no_checkpoints(const fs::path& target) {
  if (checkpoints_of(target).empty()) return;
  throw IoError(formatted("'{}' belongs to a run that was broken off", target.string()),
                "a new run would lose what it has done",
                formatted("resume it, or remove '{}.checkpoint-*' to begin anew", target.string()));
}

void remove_stray_shares(const fs::path& target) noexcept {
  try {
    const fs::path place = resolved(target);
    for_each_beside(place, [&](const fs::path& path) {
      const auto checkpoint = checkpoint_of_share(path);
      if (!checkpoint) return;
      const auto name = parsed_name(*checkpoint);
      std::error_code unknown;
      if (!name || name->target != place.filename() || fs::exists(*checkpoint, unknown) || unknown) return;
      remove_ours(path);
    });
  } catch (const std::exception&) {
    return;  // too little memory for a name
  }
}

void remove(std::span<const CheckpointFile> checkpoints) noexcept {
  for (; !checkpoints.empty(); checkpoints = checkpoints.first(checkpoints.size() - 1)) {
    remove_ours(checkpoints.back().path);
    for (std::uint64_t share = 1; remove_ours(share_path(checkpoints.back().path, share)); ++share) continue;
  }
}

}  // namespace sorn::io
