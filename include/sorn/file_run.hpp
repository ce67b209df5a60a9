// Runs of any length that stream their recordings into a result file, and that can be resumed. They need the component
// sorn::runs.
#pragma once

#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/run_log.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sorn {

/// The value of RunPlan::keep_checkpoints that keeps the state of each checkpoint.
inline constexpr std::uint64_t every_checkpoint = std::numeric_limits<std::uint64_t>::max();

/// The settings of a run into a file.
struct RunPlan {
  std::uint64_t steps = 0;              ///< from 1 on
  RunOptions options{};                 ///< the data of its views and signals must outlive the run
  std::vector<RecordRequest> record{};  ///< each quantity at most once
  std::uint64_t checkpoint_every = 0;   ///< steps from one checkpoint to the next; 0: none
  /// How many states of the run its result keeps, evenly spaced from its first step on, so that network_at() and
  /// recompute() need not begin with that step; `every_checkpoint`: that of the first step and of
  /// each checkpoint; 0: none.
  std::uint64_t keep_checkpoints = 0;
  std::string inputs = "none";                          ///< the source of the inputs, in the caller's words
  std::string inputs_sha256{};                          ///< sha256() of the inputs; computed if it is empty
  std::optional<Provenance> provenance = std::nullopt;  ///< the origin that files state; unset: this process, now
  bool overwrite = false;                               ///< whether the result may replace an existing file
  RunLog replay{};                                      ///< the log of another run, whose acts are repeated
};

/// What the checkpoint of a run does not hold, and what should change.
struct Continuation {
  InputView inputs{};                                     ///< inputs of the whole run, if it has inputs
  InputView noise{};                                      ///< noise of the whole run, if it replays noise
  Source* own_source = nullptr;                           ///< a source of your own, if the run has one
  std::optional<std::uint64_t> steps{};                   ///< steps of the whole run, if their number should change
  std::optional<std::uint64_t> checkpoint_every = {};     ///< if it should change
  std::optional<std::string> inputs_name = std::nullopt;  ///< if the source of the inputs has changed
  std::optional<Phase> phase{};                           ///< a run of another phase is refused
  std::size_t threads = 0;                                ///< as in RunOptions
  std::string inputs_sha256{};                            ///< sha256() of the inputs; computed if it is empty
  bool overwrite = false;                                 ///< as in RunPlan, for the resumed run
  std::vector<Signal> signals{};                          ///< of the whole run, if it has any: the same as before
  std::vector<std::shared_ptr<const OwnRule>> rules{};    ///< of your own, if the run has any: the same as before
};

/// A run that streams its recordings into a result file (docs/file-format.md). Its memory does not depend on its
/// length.
///
/// With checkpoints it can be resumed after any interruption, on any machine, and ends with the same bits as if nothing
/// had happened. A network over ranks records through rank 0, and each rank writes a file beside each checkpoint. It
/// can be resumed on any other number of ranks, all of which make the same calls. During the run `FILE.partial` grows
/// beside the place of the result, and the last two checkpoints `FILE.checkpoint-<step>` are kept there. A new run with
/// the same file is refused while they exist. They are removed when the run is complete.
///
/// It can be watched and steered by `sorn watch` (docs/watching.md): a watcher leaves signs of life in the folder
/// `FILE.watch`, and then finds frames there. What it does to the run is in the log of the result, and a run with the
/// same settings and this log (RunPlan::replay) ends with the same bits. A network over ranks cannot be watched.
///
/// Its files state when, where and by which command the run began, also after it was resumed. Until run() has returned
/// or the object is destroyed, no other process can write the file.
class FileRun {
public:
  /// Prepares a run of `network`. When this returns, no other writer can have the file, and the first checkpoint
  /// exists if there are any.
  /// @throws ParameterError, ShapeError, StateError, UnknownNameError for a plan that contradicts itself or the
  /// network; nothing is written
  /// @throws IoError if the file cannot be written, exists and must not be replaced, belongs to an interrupted run, or
  /// is being written by another process
  FileRun(const std::filesystem::path& file, Network network, RunPlan plan);

  /// Prepares to resume a run that was interrupted or stopped.
  /// @param path  its result file, to resume from its newest checkpoint; or one of its checkpoints
  /// @throws IoError if there is no run to resume, or if a file cannot be read or is being written by another process;
  ///   FormatError if it is damaged; the message names the previous checkpoint if that one is whole
  /// @throws ParameterError, ShapeError, StateError if the continuation is not one of this run
  /// @param ranks  the ranks that resume it; null: this process alone
  static FileRun resumed(const std::filesystem::path& path, const Continuation& continuation = {},
                         const std::shared_ptr<Ranks>& ranks = nullptr);

  FileRun(FileRun&&) noexcept;
  FileRun& operator=(FileRun&&) noexcept;
  ~FileRun();

  const Network& network() const noexcept;
  /// The network, after the run.
  Network take_network() noexcept;
  const RunPlan& plan() const noexcept;
  /// The result file.
  const std::filesystem::path& file() const noexcept;
  /// Number of the run's first step.
  std::uint64_t first_step() const noexcept;
  /// Steps that the run has done so far, including those before it was resumed.
  std::uint64_t steps_done() const noexcept;
  /// The recordings without their values. In a network over ranks only rank 0 knows them.
  std::vector<Recording> recordings() const;

  /// Runs to the end, or for `most_steps` steps, or until an observer stops the run or throws, and completes the file.
  /// If the run has checkpoints and has not reached its end, a checkpoint is written before. May be called once.
  /// @returns the steps done
  /// @throws IoError if writing fails; the last checkpoint and a file in the place of the result are then unchanged
  std::uint64_t run(std::span<Observer* const> observers = {}, std::uint64_t most_steps = all_steps);

  static constexpr std::uint64_t all_steps = std::numeric_limits<std::uint64_t>::max();

private:
  class Implementation;
  explicit FileRun(std::unique_ptr<Implementation> implementation) noexcept;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sorn
