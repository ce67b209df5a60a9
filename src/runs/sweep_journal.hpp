// The outcomes of the runs of a sweep, and the file that each is appended to as it ends.
#pragma once

#include <sorn/sweep.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn::runs {

/// An outcome as one line without its end, with a checksum. Every bit of the values is kept.
std::string line_of(const SweepOutcome& outcome);

/// The inverse of line_of(); empty if the line is torn or damaged.
std::optional<SweepOutcome> outcome_of(std::string_view line);

/// The file `runs.journal` of a sweep's folder: the sweep's description, then one line for each run that has ended. It
/// grows by whole lines, so that whatever happens it holds all runs that ended up to a second before, and perhaps a
/// torn last line, which is ignored.
class SweepJournal {
public:
  using Description = std::vector<std::pair<std::string, std::string>>;

  /// Opens the journal, or begins it if it is not there yet.
  /// @throws IoError if it cannot be read or written, or another process writes it
  /// @throws FormatError if it is something else or its beginning is damaged
  /// @throws ParameterError that names the first difference if it is that of another sweep
  SweepJournal(std::filesystem::path path, const Description& description);
  SweepJournal(const SweepJournal&) = delete;
  SweepJournal& operator=(const SweepJournal&) = delete;
  ~SweepJournal();

  /// The runs that ended, by index; of several outcomes of one run, the last.
  const std::map<std::uint64_t, SweepOutcome>& outcomes() const noexcept { return outcomes_; }
  /// The same, for one who does not need the journal any more.
  std::map<std::uint64_t, SweepOutcome> take_outcomes() noexcept { return std::move(outcomes_); }
  /// Lines that are damaged and were ignored, a torn last one not among them.
  std::size_t damaged_lines() const noexcept { return damaged_lines_; }

  /// Appends the outcome of a run. @throws IoError
  void append(const SweepOutcome& outcome);
  /// Makes all of it survive a loss of power. @throws IoError
  void sync();

private:
  using Clock = std::chrono::steady_clock;

  void read(const Description& description);
  void write(std::string_view text);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::map<std::uint64_t, SweepOutcome> outcomes_;
  std::size_t damaged_lines_ = 0;
  Clock::time_point last_sync_;
};

}  // namespace sorn::runs
