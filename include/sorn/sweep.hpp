// Sweeps: many independent runs over ranges of hyperparameters, with a table of their statistics. Link sorn::runs to
// use them.
#pragma once

#include <sorn/io.hpp>
#include <sorn/network.hpp>
#include <sorn/own_rule.hpp>
#include <sorn/state.hpp>
#include <sorn/sweep_design.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn {

/// A sweep that can be run: its design, and what all runs share.
struct Sweep {
  SweepDesign design{};
  std::string text{};                  ///< its description, such as the text of its file; stored beside the tables
  std::optional<InputArray> inputs{};  ///< of each run: nu features, at least as many steps as a run has
  std::string inputs_name = "none";    ///< the source of the inputs, in the caller's words
  std::string inputs_sha256{};         ///< sha256() of the inputs; computed if it is empty
  std::optional<State> state{};        ///< each run continues from it with its own seed; unset: a new network
  std::vector<std::shared_ptr<const OwnRule>> rules{};  ///< of your own, for all runs
};

/// The outcome of one run.
struct SweepOutcome {
  std::uint64_t index = 0;       ///< of the run that run_of(design, index) returns
  std::vector<double> values{};  ///< of the statistics, in the design's order; NaN: undefined. Empty if the run failed
  std::string error{};           ///< why the run failed; empty if it did not
  double seconds = 0.0;          ///< duration of the run

  bool failed() const noexcept { return !error.empty(); }
};

/// The progress of a sweep.
struct SweepProgress {
  std::uint64_t runs = 0;  ///< number of all runs of the sweep
  std::uint64_t done = 0;  ///< number of runs that have ended, including those before this call
  std::uint64_t done_before = 0;
  std::uint64_t failed = 0;
};

/// Called in the caller's thread when a sweep begins, after each run, and ten times a second. `stop` abandons the
/// current runs; no other run begins.
using SweepWatch = std::function<Observer::Outcome(const SweepProgress&)>;

/// How to carry out a sweep. None of these settings changes a result.
struct SweepExecution {
  std::size_t threads = 0;     ///< runs at the same time, at most most_threads; 0: one for each processor
  bool overwrite = false;      ///< a new sweep may replace tables and results of others
  bool repeat_failed = false;  ///< repeats failed runs; needs a folder, whose journal lists them
  SweepWatch watch{};
};

/// How a sweep was carried out, and its results.
struct SweepReport {
  std::map<std::uint64_t, SweepOutcome> outcomes{};  ///< of the runs that ended, by index
  SweepProgress progress{};
  bool stopped = false;
  std::size_t processors = 1;  ///< number of threads or processes that made runs
  double seconds = 0.0;        ///< from the beginning of the first run to the end of the last
  double seconds_in_runs = 0.0;

  /// The share of the processors' time that they spent in runs.
  double utilisation() const noexcept {
    return seconds > 0.0 ? seconds_in_runs / (seconds * static_cast<double>(processors)) : 0.0;
  }
};

/// The paths of the files in a sweep's folder.
struct SweepFolder {
  explicit SweepFolder(std::filesystem::path folder) : path(std::move(folder)) {}

  std::filesystem::path path;
  std::filesystem::path journal() const { return path / "runs.journal"; }
  std::filesystem::path description() const { return path / "sweep.toml"; }
  std::filesystem::path csv() const { return path / "table.csv"; }
  std::filesystem::path hdf5() const { return path / "table.h5"; }
  /// The result file of run `index`, if the sweep keeps files.
  std::filesystem::path run(std::uint64_t index) const;
};

/// Makes all runs of a sweep and keeps their outcomes in memory. Each run equals a single run with its seed and its
/// hyperparameters, bit for bit, on any number of threads. As many networks as threads are in memory at the same time.
///
/// If the values of a run are invalid, or its network is too large for this machine, its outcome says that it failed.
/// @throws ParameterError that lists all errors of the design, for more than most_threads, or if the networks of
///   concurrent runs need more memory than this machine has; thrown before anything is computed
/// @throws the exception of `watch`, when all runs have stopped as if it had returned `stop`
SweepReport run_sweep(const Sweep& sweep, const SweepExecution& execution = {});

/// The same in a folder: makes the runs that its journal does not hold, and appends each outcome once to the journal
/// when the run ends. When all runs have ended, it writes the tables. These do not depend on interruptions, or on which
/// thread or process made a run.
/// @throws IoError if a file cannot be read or written, another process works in the folder, or the folder has files
///   that must not be replaced; FormatError if the journal is damaged; ParameterError if it belongs to another sweep
SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution = {});

}  // namespace sorn
