// Observers of a run for somebody who watches it.
#pragma once

#include "parallel/sweep.hpp"

#include <sorn/network.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <iosfwd>

namespace sorn::cli {

/// Rewrites one line with the progress, the speed and the time left. For a terminal.
class ProgressLine final : public Observer {
public:
  ProgressLine(std::ostream& err, std::uint64_t steps);
  /// Removes the line.
  ~ProgressLine() override;

  Outcome on_step(const StepView& view) override;

  /// For several runs at once: that they have done so many steps by now.
  void update(std::uint64_t done);

private:
  using Clock = std::chrono::steady_clock;
  void show(Clock::time_point now);

  std::ostream& err_;
  std::uint64_t steps_;
  std::uint64_t done_ = 0;
  std::uint64_t next_look_ = 1;  // the clock is not asked at every step
  std::uint64_t stride_ = 1;
  Clock::time_point begin_;
  Clock::time_point last_shown_;
};

/// Rewrites one line with how many runs of a sweep are done. For a terminal.
class SweepProgressLine {
public:
  explicit SweepProgressLine(std::ostream& err) : err_(err) {}
  SweepProgressLine(const SweepProgressLine&) = delete;
  SweepProgressLine& operator=(const SweepProgressLine&) = delete;
  /// Removes the line.
  ~SweepProgressLine();

  /// Rewrites the line, unless it was a moment ago.
  void show(const parallel::SweepProgress& progress);

private:
  using Clock = std::chrono::steady_clock;

  std::ostream& err_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_shown_{};
};

/// Stops a run at the end of a step once a signal has come.
class SignalStop final : public Observer {
public:
  explicit SignalStop(const std::atomic<int>* signal) noexcept : signal_(signal) {}

  int signal() const noexcept { return signal_ == nullptr ? 0 : signal_->load(std::memory_order_relaxed); }
  Outcome on_step(const StepView& /*view*/) override { return signal() == 0 ? Outcome::go_on : Outcome::stop; }

private:
  const std::atomic<int>* signal_;
};

/// Counts the spikes of the excitatory units.
class SpikeCount final : public Observer {
public:
  Outcome on_step(const StepView& view) override;
  /// Spikes per unit and step; 0 before the first step.
  double mean_rate() const noexcept;

private:
  std::uint64_t spikes_ = 0;
  std::uint64_t opportunities_ = 0;
};

}  // namespace sorn::cli
