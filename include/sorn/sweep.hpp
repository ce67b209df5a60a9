// Sweeps: many independent runs over ranges of hyperparameters, and what is measured of each. Link sorn::runs for
// these.
#pragma once

#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/state.hpp>
#include <sorn/sweep_design.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn {

/// A sweep, ready to be run: its design, and what all runs share.
struct Sweep {
  SweepDesign design{};
  std::string text{};                  ///< what describes it, such as its file; kept beside the tables
  std::optional<InputArray> inputs{};  ///< nu features over as many steps as a run has, or more: what drives each run
  std::string inputs_name = "none";    ///< where the inputs come from, in the words of the caller
  std::string inputs_sha256{};         ///< sha256() of the inputs; computed if it is empty
  std::optional<State> state{};        ///< what each run begins with, under a seed of its own; unset: a new network
};

/// The outcome of one run.
struct SweepOutcome {
  std::uint64_t index = 0;       ///< run_of(design, index) says which run it is
  std::vector<double> values{};  ///< of the statistics, in the design's order; NaN: not defined. Empty if it failed
  std::string error{};           ///< why it failed; empty if it did not
  double seconds = 0.0;          ///< that it took

  bool failed() const noexcept { return !error.empty(); }
};

/// How far a sweep is.
struct SweepProgress {
  std::uint64_t runs = 0;  ///< of the sweep
  std::uint64_t done = 0;  ///< that have ended, those before this call included
  std::uint64_t done_before = 0;
  std::uint64_t failed = 0;
};

/// Called in the caller's thread when a sweep begins, after each run, and ten times a second. `stop` abandons the runs
/// under way; no other begins.
using SweepWatch = std::function<Observer::Outcome(const SweepProgress&)>;

/// How a sweep is carried out. Nothing here changes a result.
struct SweepExecution {
  std::size_t threads = 0;     ///< runs at a time, at most most_threads; 0: one for each processor
  bool overwrite = false;      ///< a sweep that begins may replace tables and results that are no sweep's
  bool repeat_failed = false;  ///< makes the runs that failed again; those of a folder alone are known
  SweepWatch watch{};
};

/// How a sweep was carried out, and what came out.
struct SweepReport {
  std::map<std::uint64_t, SweepOutcome> outcomes{};  ///< of the runs that ended, by their numbers
  SweepProgress progress{};
  bool stopped = false;
  std::size_t processors = 1;  ///< threads, or processes, that took part
  double seconds = 0.0;        ///< from the first run's beginning to the last one's end
  double seconds_in_runs = 0.0;

  /// The share of the processors' time that they spent in runs.
  double utilisation() const noexcept {
    return seconds > 0.0 ? seconds_in_runs / (seconds * static_cast<double>(processors)) : 0.0;
  }
};

/// What lies in the folder of a sweep.
struct SweepFolder {
  explicit SweepFolder(std::filesystem::path folder) : path(std::move(folder)) {}

  std::filesystem::path path;
  std::filesystem::path journal() const { return path / "runs.journal"; }
  std::filesystem::path description() const { return path / "sweep.toml"; }
  std::filesystem::path csv() const { return path / "table.csv"; }
  std::filesystem::path hdf5() const { return path / "table.h5"; }
  /// Where run `index` of a sweep that keeps files leaves its result.
  std::filesystem::path run(std::uint64_t index) const;
};

/// Makes all runs of a sweep and keeps their outcomes in memory. Each ends in the bits of a single run with its seed
/// and its hyperparameters, however many threads there are. They need that many networks in memory at a time.
///
/// What is wrong with the values of one run, or with its size for this machine, is its outcome: it failed.
/// @throws ParameterError that lists all that is wrong with the design, with more than most_threads, or if the networks
///   that run at a time need more memory than this machine has: before anything is computed
/// @throws what `watch` throws, when all runs have stopped as if it had returned `stop`
SweepReport run_sweep(const Sweep& sweep, const SweepExecution& execution = {});

/// The same in a folder: makes those runs that its journal does not hold, and records each once as it ends. When all
/// have ended, the tables are written; they do not depend on who made which run when, nor on interruptions.
/// @throws IoError if something cannot be read or written, another process works on it, or it has files that are not
///   to be replaced; FormatError if the journal is damaged; ParameterError if it is that of another sweep
SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution = {});

}  // namespace sorn
