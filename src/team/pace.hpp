// How many threads of a team work, so that other programs on the same processors do not hold it up.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace sorn {

/// Chooses by measurement how many of the threads that a caller allows work on a series of equal steps: all, a half, a
/// quarter … or one. Where another program has one of the processors, the threads of a step wait for the one that is
/// not running, and fewer threads are faster. The choice changes no result, only the time.
///
/// Now and then, another number is tried for a stretch of a few milliseconds. If it is worse, the next trial follows
/// after a time of which it took at most a fiftieth, and later the more often trials have failed.
class Pace {
public:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  /// A series of steps begins, on at most so many threads. The time between two series does not count. Another number
  /// than before begins with all of them.
  void begin(std::size_t most, Clock::time_point now) noexcept;
  void begin(std::size_t most) noexcept { begin(most, most > 1 ? Clock::now() : Clock::time_point()); }

  /// The number of threads for the next step, from 1 on.
  std::size_t threads() const noexcept { return threads_of(choice_); }

  /// A step has ended. @returns whether the number of threads has changed
  bool step(Clock::time_point now) noexcept;
  bool step() noexcept { return most_ > 1 && step(Clock::now()); }

  /// Bounds of the times between trials, and the least time of a stretch.
  static constexpr Seconds stretch{0.002};
  static constexpr Seconds soonest{0.02};
  static constexpr Seconds latest{2.0};
  /// A trial may take this part of the time until the next one longer than the same steps would have taken.
  static constexpr double cost = 0.02;

private:
  static constexpr std::size_t most_choices = 16;  // 2^15 threads

  std::size_t threads_of(std::size_t choice) const noexcept;
  std::size_t choices() const noexcept;
  std::size_t fastest() const noexcept;
  void judge_trial(double measured, Seconds spent) noexcept;

  std::size_t most_ = 1;
  std::array<double, most_choices> seconds_{};  // for a step with each choice; 0: not yet known
  std::size_t choice_ = 0;                      // threads = most / 2^choice
  std::size_t home_ = 0;                        // the choice to which a trial is compared; choice_ if none is made
  std::size_t next_trial_ = 1;
  std::size_t steps_ = 0;  // of this stretch
  Seconds spent_{0.0};     // in this stretch
  Seconds since_trial_{0.0};
  Seconds until_trial_ = soonest;
  Seconds pause_ = soonest;
  Clock::time_point last_{};
};

}  // namespace sorn
