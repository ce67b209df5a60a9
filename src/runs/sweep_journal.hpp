// The journal of a sweep: the file to which the outcome of each run is appended when the run ends.
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

/// An outcome as one line with a checksum, without the end of line. Every bit of the values is kept.
std::string line_of(const SweepOutcome& outcome);

/// The inverse of line_of(); empty if the line is incomplete or damaged.
std::optional<SweepOutcome> outcome_of(std::string_view line);

/// The file `runs.journal` in a sweep's folder: the sweep's description, then one line for each run that has ended. It
/// grows by whole lines. After a crash it holds all runs that ended up to a second before, and perhaps an incomplete
/// last line, which is ignored.
class SweepJournal {
public:
  using Description = std::vector<std::pair<std::string, std::string>>;

  /// Opens the journal, or creates it if it does not exist.
  /// @throws IoError if it cannot be read or written, or another process writes it
  /// @throws FormatError if the file is no journal or its beginning is damaged
  /// @throws ParameterError if it belongs to another sweep; the error names the first difference
  SweepJournal(std::filesystem::path path, const Description& description);
  SweepJournal(const SweepJournal&) = delete;
  SweepJournal& operator=(const SweepJournal&) = delete;
  ~SweepJournal();

  /// The outcomes by index of the run; if a run has several, the last one.
  const std::map<std::uint64_t, SweepOutcome>& outcomes() const noexcept { return outcomes_; }
  /// Moves the outcomes out of a journal that is no longer used.
  std::map<std::uint64_t, SweepOutcome> take_outcomes() noexcept { return std::move(outcomes_); }
  /// The number of damaged lines, which were ignored. An incomplete last line does not count.
  std::size_t damaged_lines() const noexcept { return damaged_lines_; }

  /// Appends the outcome of a run. @throws IoError
  void append(const SweepOutcome& outcome);
  /// Forces the journal to the disk, so that it survives a loss of power. @throws IoError
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
