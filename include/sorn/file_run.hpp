// Runs of any length that stream into a result file, and go on where they were broken off. Link sorn::io for these.
#pragma once

#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn {

/// What a run into a file does.
struct RunPlan {
  std::uint64_t steps = 0;                              ///< from 1 on
  RunOptions options{};                                 ///< what its views point at must outlive the run
  std::vector<RecordRequest> record{};                  ///< each quantity at most once
  std::uint64_t checkpoint_every = 0;                   ///< steps from one checkpoint to the next; 0: none
  std::string inputs = "none";                          ///< where the inputs come from, in the words of the caller
  std::string inputs_sha256{};                          ///< sha256() of the inputs; computed if it is empty
  std::optional<Provenance> provenance = std::nullopt;  ///< what files say of it; unset: this process, now
  bool overwrite = false;                               ///< the result may replace a file that is there
};

/// What the checkpoint of a run does not hold, or is to be changed.
struct Continuation {
  InputView inputs{};                                     ///< those of the whole run, if it had some
  InputView noise{};                                      ///< the noise that it replays, if it does
  std::optional<std::uint64_t> steps{};                   ///< of the whole run, if it is to be longer or shorter
  std::optional<std::uint64_t> checkpoint_every = {};     ///< if that is to change
  std::optional<std::string> inputs_name = std::nullopt;  ///< if they come from elsewhere now
  std::optional<Phase> phase{};                           ///< a run of another one is refused
  std::size_t threads = 0;                                ///< as in RunOptions
  std::string inputs_sha256{};                            ///< sha256() of the inputs; computed if it is empty
  bool overwrite = false;                                 ///< the result may replace a file, though it did not begin so
};

/// A run that streams its recordings into a result file (docs/file-format.md). The memory that it takes does not depend
/// on its length.
///
/// With checkpoints it can be resumed after any interruption, on any machine, and ends in the same bits as if nothing
/// had happened. A network over ranks records through rank 0, and each rank writes a file beside each checkpoint; it
/// can be resumed on any other number of ranks, all of which make the same calls. While it goes on, `FILE.partial`
/// grows beside the file that is to be, and the last two checkpoints `FILE.checkpoint-<step>` lie there; a new run with
/// the same file is refused until they are gone. They go away when the run is complete.
///
/// Its files say when, where and by which command it began, also after it was resumed.
/// Until run() has returned, or the object is gone, no other writer can have the file, in whatever process.
class FileRun {
public:
  /// Prepares a run of `network`. The file and, with checkpoints, a first one are there when it returns.
  /// @throws ParameterError, ShapeError, StateError for a plan that contradicts itself or the network; nothing is
  /// written
  /// @throws IoError if the file cannot be written, is there and not to be replaced, is that of a run that was broken
  /// off, or another process writes it
  FileRun(const std::filesystem::path& file, Network network, RunPlan plan);

  /// Prepares to go on with a run that was broken off or stopped.
  /// @param path  its result file, for the newest checkpoint of it, or one of its checkpoints
  /// @throws IoError if there is nothing to go on with, it cannot be read, or another process writes it, FormatError if
  ///   it is damaged; the message names the checkpoint before if that one is whole
  /// @throws ParameterError, ShapeError, StateError if the continuation is not one of this run
  /// @param ranks  those that go on with it; null: this process alone
  static FileRun resumed(const std::filesystem::path& path, const Continuation& continuation = {},
                         const std::shared_ptr<Ranks>& ranks = nullptr);

  FileRun(FileRun&&) noexcept;
  FileRun& operator=(FileRun&&) noexcept;
  ~FileRun();

  const Network& network() const noexcept;
  /// The network, when the run is over.
  Network take_network() noexcept;
  const RunPlan& plan() const noexcept;
  /// The result file.
  const std::filesystem::path& file() const noexcept;
  /// Number of the run's first step.
  std::uint64_t first_step() const noexcept;
  /// Steps that the run has done so far, those before it was resumed included.
  std::uint64_t steps_done() const noexcept;
  /// What is recorded, without the values; of ranks, the first one knows.
  std::vector<Recording> recordings() const;

  /// Runs to the end, or for `most_steps` steps, or until an observer stops the run or throws, and completes the file;
  /// if the run has checkpoints and did not come to its end, it writes one first. May be called once.
  /// @returns the steps done
  /// @throws IoError if a disk fails: the last checkpoint, and what was in the file's place before, are as they were
  std::uint64_t run(std::span<Observer* const> observers = {}, std::uint64_t most_steps = all_steps);

  static constexpr std::uint64_t all_steps = std::numeric_limits<std::uint64_t>::max();

private:
  class Implementation;
  explicit FileRun(std::unique_ptr<Implementation> implementation) noexcept;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn
