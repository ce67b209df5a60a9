// Sweeps: many independent runs, each of them once, and one table of their results.
#pragma once

#include "io/table.hpp"
#include <sorn/sweep_design.hpp>
#include "runs/sweep_journal.hpp"

#include <sorn/io.hpp>
#include <sorn/state.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace sorn::team {
class Channel;
}

namespace sorn::runs {

/// A sweep, ready to be run: its design, and what all runs share. Runs may be made from several threads at once.
struct Sweep {
  SweepDesign design{};
  std::string text{};                  ///< the file that describes it
  std::optional<InputArray> inputs{};  ///< what drives each run
  std::string inputs_name = "none";
  std::string inputs_sha256{};   ///< sha256() of the inputs
  std::optional<State> state{};  ///< what each run begins with; a new network if there is none
};

/// description() of the design and of what the runs share.
SweepJournal::Description description(const Sweep& sweep);

/// A number that two sweeps with the same description have in common, and hardly two others.
std::uint64_t fingerprint(const Sweep& sweep);

/// Called now and then during a run, about 3,000 times a second at most; a run is abandoned when it says false.
using Attend = std::function<bool()>;

/// Makes run `index` of the sweep. What is wrong with its values, or with its size for this machine, is an outcome of
/// the run: it failed. Empty if the run was abandoned.
/// @param file  where the run's result goes; empty: nowhere
/// @throws IoError if that cannot be written
std::optional<SweepOutcome> run_one(const Sweep& sweep, std::uint64_t index, const Attend& attend = {},
                                    const std::filesystem::path& file = {});

/// The table of the runs that ended, in the order of their indices: run, point, seed, what is varied, the statistics,
/// error.
io::Table table_of(const SweepDesign& design, const std::map<std::uint64_t, SweepOutcome>& outcomes);

/// How far a sweep is.
struct SweepProgress {
  std::uint64_t runs = 0;  ///< of the sweep
  std::uint64_t done = 0;  ///< that have ended, those before this call included
  std::uint64_t done_before = 0;
  std::uint64_t failed = 0;
};

/// How a sweep is carried out.
struct SweepExecution {
  std::size_t threads = 1;           ///< of this process
  team::Channel* channel = nullptr;  ///< to the other processes that take part, which call help(); null: none
  std::function<bool()> stop{};      ///< asked now and then: abandons the runs under way, once it says true
  bool overwrite = false;            ///< a sweep that begins may replace tables and results that are no sweep's
  std::function<void(const SweepProgress&)> report{};  ///< called when it begins and after each run, by one at a time
};

/// How a sweep was carried out.
struct SweepReport {
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

/// Makes those runs of the sweep that the folder's journal does not hold, and records each once as it ends. When all
/// have ended, the tables are written; they do not depend on who made which run when, nor on interruptions.
/// @param repeat_failed  makes the runs that failed again
/// @throws IoError, FormatError, ParameterError as SweepJournal does, and IoError if something cannot be written
SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution,
                      bool repeat_failed = false);

/// Takes runs of a sweep that process 0 carries out, until there are no more. Returns how many it made.
std::uint64_t help(const Sweep& sweep, const SweepFolder& folder, team::Channel& channel,
                   const std::function<bool()>& stop);

/// Makes all runs on `threads` threads, without a folder. @throws what a run threw that did not simply fail
std::map<std::uint64_t, SweepOutcome> run_in_memory(const Sweep& sweep, std::size_t threads,
                                                    const std::function<bool()>& stop = {},
                                                    const std::function<void(const SweepProgress&)>& report = {});

}  // namespace sorn::runs
