#include "parallel/ensemble_files.hpp"

#include "io/atomic_file.hpp"
#include "io/checkpoint.hpp"

#include <sorn/error.hpp>
#include <sorn/result_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

namespace sorn {

namespace fs = std::filesystem;

fs::path replica_file(const fs::path& out, std::uint64_t replica, std::uint64_t replicas) {
  const std::size_t digits = fmt::formatted_size("{}", replicas - std::min<std::uint64_t>(1, replicas));
  fs::path name = out.stem();
  name += fmt::format("-{:0{}}", replica, digits);
  name += out.extension();
  return out.parent_path() / name;
}

namespace parallel {

namespace {

/// The newest checkpoint of each result file in a folder, by the file's name. One look at the folder for all replicas.
std::map<std::string, io::CheckpointFile> newest_checkpoints(const fs::path& out) {
  std::map<std::string, io::CheckpointFile> newest;
  const fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    const auto target = io::target_of_checkpoint(entry->path());
    if (!target) continue;
    const std::string name = target->filename().string();
    const auto checkpoints = newest.contains(name) ? std::vector<io::CheckpointFile>{} : io::checkpoints_of(*target);
    if (!checkpoints.empty()) newest.emplace(name, checkpoints.front());
  }
  return newest;
}

std::optional<io::CheckpointFile> find(const std::map<std::string, io::CheckpointFile>& newest, const fs::path& file) {
  const auto found = newest.find(file.filename().string());
  if (found == newest.end()) return {};
  return found->second;
}

/// Steps of a replica that has no checkpoint any more.
std::uint64_t steps_of_complete(const fs::path& file, std::uint64_t replica) {
  std::error_code unknown;
  if (!fs::exists(file, unknown)) {
    throw IoError(fmt::format("replica {} has left neither '{}' nor a checkpoint of it", replica, file.string()),
                  "an ensemble goes on with as many replicas as it began with",
                  "give their number and the name of their files as they were");
  }
  return ResultReader(file).run().steps;
}

}  // namespace

void require_writable_files(const fs::path& out, std::uint64_t replicas) {
  std::error_code unknown;
  if (out.filename().empty() || (fs::exists(out, unknown) && !fs::is_regular_file(out, unknown))) {
    throw ParameterError(fmt::format("'{}' for the results of {} replicas", out.string(), replicas),
                         "must be a name that files can be called after",
                         fmt::format("'run.h5' gives '{}' and so on", replica_file("run.h5", 0, replicas).string()));
  }
  const auto checkpoints = newest_checkpoints(out);
  for (std::uint64_t k = 0; k < replicas; ++k) {
    const fs::path file = replica_file(out, k, replicas);
    // Those that are not there yet stand and fall with their folder.
    if (k == 0 || fs::exists(fs::symlink_status(file, unknown))) io::require_writable(file);
    if (const auto left = find(checkpoints, file)) {
      throw IoError(fmt::format("'{}' belongs to a run that was broken off", file.string()),
                    "a new ensemble would lose what it has done",
                    fmt::format("resume it, or remove '{}' to begin anew", left->path.string()));
    }
  }
}

void remove_unbegun(const fs::path& file) noexcept {
  try {
    io::remove(io::checkpoints_of(file));
    std::error_code ignored;
    fs::remove(io::partial_path(file), ignored);
  } catch (const std::exception&) {  // what cannot be removed stays: the message of a new run names it
    return;
  }
}

Rest rest_of(const EnsembleContinuation& continuation) {
  const auto checkpoints = newest_checkpoints(continuation.out);
  Rest rest;
  std::optional<std::uint64_t> steps = continuation.run.steps;
  for (std::uint64_t k = 0; k < continuation.replicas; ++k) {
    const fs::path file = replica_file(continuation.out, k, continuation.replicas);
    const auto checkpoint = find(checkpoints, file);
    if (!checkpoint) {
      const std::uint64_t done = steps_of_complete(file, k);
      if (continuation.run.steps && done != *continuation.run.steps) {
        throw ParameterError(fmt::format("steps = {}", *continuation.run.steps),
                             fmt::format("'{}' is complete with {}", file.string(), done),
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
    throw IoError(fmt::format("there is no checkpoint of '{}' and the others",
                              replica_file(continuation.out, 0, continuation.replicas).string()),
                  "these runs came to their end, or had no checkpoints", "new ones can go on from their states");
  }
  return rest;
}

}  // namespace parallel
}  // namespace sorn
