#include "runs/ensemble_files.hpp"

#include "io/checkpoint.hpp"
#include "io/files/atomic_file.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace sorn {

namespace fs = std::filesystem;

namespace runs {

namespace {

/// The newest checkpoint of each result file in a folder, by the file's name. The folder is read once for all replicas.
std::map<std::string, io::CheckpointFile> newest_checkpoints(const fs::path& out) {
  std::map<std::string, io::CheckpointFile> newest;
  io::for_each_checkpoint(out, [&](const std::string& target, const io::CheckpointFile& checkpoint) {
    io::CheckpointFile& known = newest[target];
    if (known.path.empty() || known.step < checkpoint.step) known = checkpoint;
  });
  return newest;
}

std::optional<io::CheckpointFile> find(const std::map<std::string, io::CheckpointFile>& newest, const fs::path& file) {
  const auto found = newest.find(file.filename().string());
  if (found == newest.end()) return {};
  return found->second;
}

bool is_there(const fs::path& file) {
  std::error_code unknown;
  return fs::exists(file, unknown);
}

/// Whether an ensemble was interrupted before all its replicas had their first checkpoints. That of replica 0 is
/// written last. Until then a partial file claims the name of replica 0; a result beside the partial file is older.
bool is_unbegun(bool first_has_checkpoint, const fs::path& first) {
  return !first_has_checkpoint && (is_there(io::partial_path(first)) || !is_there(first));
}

/// Whether a checkpoint belongs to a run that has made no step. This is unknown, thus false, if it cannot be read.
bool holds_nothing(const fs::path& checkpoint) {
  try {
    return ResultReader(checkpoint).run().steps == 0;
  } catch (const Error&) {
    return false;
  }
}

/// "run-*.h5.checkpoint-*"
fs::path all_checkpoints(const fs::path& out) {
  fs::path pattern = out.stem();
  pattern += "-*";
  pattern += out.extension();
  pattern += ".checkpoint-*";
  return out.parent_path() / pattern;
}

/// The number of steps of a complete replica, which has no checkpoint any more.
std::uint64_t steps_of_complete(const fs::path& file, std::uint64_t replica) {
  std::error_code unknown;
  if (!fs::exists(file, unknown)) {
    throw IoError(formatted("replica {} has left neither '{}' nor a checkpoint of it", replica, file.string()),
                  "an ensemble goes on with as many replicas as it began with",
                  "give their number and the name of their files as they were");
  }
  return ResultReader(file).run().steps;
}

/// @throws IoError if replicas from 1 on have first checkpoints, and replica 0, whose checkpoint is written last, has
/// none
void require_begun(const EnsembleContinuation& continuation,
                   const std::map<std::string, io::CheckpointFile>& checkpoints) {
  const fs::path first = replica_file(continuation.out, 0, continuation.replicas);
  if (!is_unbegun(find(checkpoints, first).has_value(), first)) return;
  bool any = is_there(io::partial_path(first));
  for (std::uint64_t k = 1; k < continuation.replicas; ++k) {
    const auto left = find(checkpoints, replica_file(continuation.out, k, continuation.replicas));
    if (!left) continue;
    if (!holds_nothing(left->path)) return;  // the file of replica 0 is missing
    any = true;
  }
  if (!any) return;
  throw IoError(formatted("replica 0 has no checkpoint of '{}'", first.string()),
                "the ensemble was interrupted before it had begun",
                "the same command without --resume begins it; nothing is lost");
}

/// @throws ParameterError if replicas beyond the last one can be resumed. The search goes on while such files exist and
/// their names have the same number of digits.
void require_no_more(const EnsembleContinuation& continuation,
                     const std::map<std::string, io::CheckpointFile>& checkpoints) {
  const fs::path& out = continuation.out;
  const std::uint64_t replicas = continuation.replicas;
  for (std::uint64_t k = replicas; replica_file(out, 0, k + 1) == replica_file(out, 0, replicas); ++k) {
    const fs::path file = replica_file(out, k, k + 1);
    if (find(checkpoints, file) || is_there(io::partial_path(file))) {
      throw ParameterError(formatted("{} replicas, though '{}' was interrupted too", replicas, file.string()),
                           formatted("the ensemble has more than {} replicas", replicas),
                           "an ensemble goes on with as many as it began with");
    }
    if (!is_there(file)) return;
  }
}

}  // namespace

std::vector<fs::path> require_writable_files(const fs::path& out, std::uint64_t replicas, Existing existing) {
  std::error_code unknown;
  if (out.filename().empty() || (fs::exists(out, unknown) && !fs::is_regular_file(out, unknown))) {
    throw ParameterError(formatted("'{}' for the results of {} replicas", out.string(), replicas),
                         "must be a name that files can be called after",
                         formatted("'run.h5' gives '{}' and so on", replica_file("run.h5", 0, replicas).string()));
  }
  // Check all files before any checkpoint, so that a running ensemble is not regarded as an interrupted one.
  for (std::uint64_t k = 0; k < replicas; ++k) {
    const fs::path file = replica_file(out, k, replicas);
    // Files that do not exist yet can be written if their folder can; the check of replica 0 covers them.
    if (k == 0 || fs::exists(fs::symlink_status(file, unknown))) io::require_writable(file, Existing::replace);
    io::require_idle(file);
  }
  const auto checkpoints = newest_checkpoints(out);
  const fs::path first = replica_file(out, 0, replicas);
  const bool unbegun = is_unbegun(find(checkpoints, first).has_value(), first);
  std::vector<fs::path> leftovers;
  for (std::uint64_t k = 0; k < replicas; ++k) {
    const fs::path file = replica_file(out, k, replicas);
    const auto left = find(checkpoints, file);
    if (left && !(unbegun && holds_nothing(left->path))) {
      throw IoError(formatted("'{}' belongs to a run that was broken off", file.string()),
                    "a new ensemble would lose what it has done",
                    formatted("resume it, or remove '{}' to begin anew", all_checkpoints(out).string()));
    }
    if (existing == Existing::refuse && is_there(file)) io::throw_exists(file);
    if (left || (unbegun && is_there(io::partial_path(file)))) leftovers.push_back(file);
  }
  return leftovers;
}

void claim_files(const fs::path& out, std::optional<io::Claim>& claim) {
  std::error_code unknown;
  const bool has_folder = !out.has_parent_path() || fs::is_directory(out.parent_path(), unknown);
  if (out.filename().empty() || !has_folder) return;  // require_writable_files() reports this
  fs::path all = out.stem();
  all += "-*";
  all += out.extension();
  claim.emplace(out.parent_path() / all, out);
}

void remove_unbegun(const fs::path& file) noexcept {
  try {
    io::remove(io::checkpoints_of(file));
    io::remove_partial(file);
  } catch (const std::exception&) {  // files that cannot be removed stay; the error of a new run names them
    return;
  }
}

Rest rest_of(const EnsembleContinuation& continuation) {
  const auto checkpoints = newest_checkpoints(continuation.out);
  require_begun(continuation, checkpoints);
  require_no_more(continuation, checkpoints);
  Rest rest;
  std::optional<std::uint64_t> steps = continuation.run.steps;
  for (std::uint64_t k = 0; k < continuation.replicas; ++k) {
    const fs::path file = replica_file(continuation.out, k, continuation.replicas);
    const auto checkpoint = find(checkpoints, file);
    if (!checkpoint) {
      const std::uint64_t done = steps_of_complete(file, k);
      if (continuation.run.steps && done != *continuation.run.steps) {
        throw ParameterError(formatted("steps = {}", *continuation.run.steps),
                             formatted("'{}' is complete with {}", file.string(), done),
                             "all replicas of an ensemble have equally many steps");
      }
      continue;
    }
    if (!steps) steps = io::load_checkpoint(checkpoint->path).resume.steps;
    const std::uint64_t done = ResultReader(checkpoint->path).run().steps;
    rest.steps += *steps - std::min(*steps, done);
    rest.replicas.push_back(k);
  }
  if (rest.replicas.empty()) {
    throw IoError(formatted("there is no checkpoint of '{}' and the others",
                            replica_file(continuation.out, 0, continuation.replicas).string()),
                  "these runs came to their end, or had no checkpoints", "new ones can go on from their states");
  }
  return rest;
}

}  // namespace runs
}  // namespace sorn
