// A clock for observers of a run that is seldom read, because reading it costs as much as a step of a small network.
#pragma once

#include <chrono>
#include <cstdint>

namespace sorn {

/// Reports when an interval has passed. It can be asked in every step, because it reads the clock seldom: the number of
/// steps between two readings doubles while they take less than a quarter of the interval, and halves when they take
/// longer than the interval.
class SeldomClock {
public:
  using Clock = std::chrono::steady_clock;

  explicit SeldomClock(Clock::duration interval) : interval_(interval) {}

  /// Counts a step. Returns true if the interval has passed since it last returned true.
  bool is_due() {
    if (++since_reading_ < stride_) return false;
    since_reading_ = 0;
    const auto now = Clock::now();
    const auto passed = now - last_reading_;
    last_reading_ = now;
    if (passed < interval_ / 4) stride_ *= 2;
    if (passed > interval_ && stride_ > 1) stride_ /= 2;
    if (now - last_due_ < interval_) return false;
    last_due_ = now;
    return true;
  }

private:
  Clock::duration interval_;
  std::uint64_t since_reading_ = 0;
  std::uint64_t stride_ = 1;
  Clock::time_point last_reading_ = Clock::now();
  Clock::time_point last_due_ = last_reading_;
};

}  // namespace sorn
