// Observers that show the progress of a run.
#pragma once

#include "support/seldom.hpp"

#include <sorn/network.hpp>
#include <sorn/sweep.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace sorn::cli {

/// Output of progress. On a terminal one line is rewritten. In a file, such as the log of a batch job, a new line is
/// added now and then.
class ProgressText {
public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes between_log_lines{1};

  static constexpr std::chrono::milliseconds usual_delay{5};

  /// @param log_interval  the time from one line of a log to the next
  /// @param delay         the time until a terminal's first line
  ProgressText(std::ostream& err, bool terminal, Clock::duration log_interval = between_log_lines,
               Clock::duration delay = usual_delay);
  ProgressText(const ProgressText&) = delete;
  ProgressText& operator=(const ProgressText&) = delete;
  /// Removes the line from a terminal.
  ~ProgressText();

  /// Whether it is time for the next line.
  bool is_due(Clock::time_point now) const noexcept { return now - last_shown_ >= interval_; }
  void show(Clock::time_point now, const std::string& text);

private:
  std::ostream& err_;
  bool terminal_;
  Clock::duration interval_;
  Clock::time_point last_shown_;
};

/// Shows the progress of a run, its speed and the time left.
class ProgressLine final : public Observer {
public:
  /// `log_interval` as for ProgressText.
  ProgressLine(std::ostream& err, std::uint64_t steps, bool terminal,
               ProgressText::Clock::duration log_interval = ProgressText::between_log_lines);

  Outcome on_step(const StepView& view) override;
  bool reads_activity(std::uint64_t /*step*/) const noexcept override { return false; }

  /// The same for several runs at the same time, with the sum of their steps.
  void update(std::uint64_t done);

private:
  using Clock = ProgressText::Clock;
  void show(Clock::time_point now);

  ProgressText text_;
  std::uint64_t steps_;
  std::uint64_t done_ = 0;
  SeldomClock clock_{std::chrono::milliseconds(5)};
  Clock::time_point begin_;
};

/// Shows the number of runs of a sweep that are done.
class SweepProgressLine {
public:
  /// `log_interval` as for ProgressText.
  SweepProgressLine(std::ostream& err, bool terminal,
                    ProgressText::Clock::duration log_interval = ProgressText::between_log_lines)
      : text_(err, terminal, log_interval, ProgressText::Clock::duration::zero()) {}

  /// Shows the progress, unless it was shown a moment ago.
  void show(const SweepProgress& progress);

private:
  ProgressText text_;
  ProgressText::Clock::time_point begin_ = ProgressText::Clock::now();
};

/// Stops a run after the current step when a signal has arrived.
class SignalStop final : public Observer {
public:
  explicit SignalStop(const std::atomic<int>* signal) noexcept : signal_(signal) {}

  int signal() const noexcept { return signal_ == nullptr ? 0 : signal_->load(std::memory_order_relaxed); }
  Outcome on_step(const StepView& /*view*/) override { return on_wait(); }
  Outcome on_wait() override { return signal() == 0 ? Outcome::go_on : Outcome::stop; }
  bool reads_activity(std::uint64_t /*step*/) const noexcept override { return false; }

private:
  const std::atomic<int>* signal_;
};

}  // namespace sorn::cli
