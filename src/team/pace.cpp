#include "team/pace.hpp"

#include <algorithm>

namespace sorn {

std::size_t Pace::threads_of(std::size_t choice) const noexcept { return std::max<std::size_t>(1, most_ >> choice); }

std::size_t Pace::choices() const noexcept {
  std::size_t count = 1;
  while (count < most_choices && threads_of(count - 1) > 1) ++count;
  return count;
}

void Pace::begin(std::size_t most, Clock::time_point now) noexcept {
  if (most != most_) {
    *this = Pace();
    most_ = most;
  }
  last_ = now;
}

/// The choice with the shortest time among those that have been measured.
std::size_t Pace::fastest() const noexcept {
  std::size_t best = home_;
  for (std::size_t k = 0; k < choices(); ++k) {
    if (seconds_[k] > 0.0 && seconds_[k] < seconds_[best]) best = k;
  }
  return best;
}

bool Pace::step(Clock::time_point now) noexcept {
  spent_ += now - last_;
  last_ = now;
  ++steps_;
  if (spent_ < stretch) return false;

  const Seconds spent = spent_;
  const double measured = spent.count() / static_cast<double>(steps_);
  const std::size_t before = choice_;
  if (choice_ != home_) {
    judge_trial(measured, spent);
  } else {
    constexpr double newest = 0.3;  // the weight of the newest stretch in the mean
    double& mean = seconds_[choice_];
    mean = mean == 0.0 ? measured : mean + newest * (measured - mean);
    since_trial_ += spent;
    if (const std::size_t best = fastest(); best != home_ && since_trial_ >= stretch) {
      choice_ = best;  // was faster once: is it still?
    } else if (since_trial_ >= until_trial_) {
      next_trial_ %= choices();
      if (next_trial_ == home_) next_trial_ = (next_trial_ + 1) % choices();
      choice_ = next_trial_++;
    }
  }
  steps_ = 0;
  spent_ = Seconds(0.0);
  return choice_ != before;
}

/// Stays with a choice that was faster, or goes back.
void Pace::judge_trial(double measured, Seconds spent) noexcept {
  const double usual = seconds_[home_];
  seconds_[choice_] = measured;
  if (measured < usual) {
    home_ = choice_;
    pause_ = soonest;
    until_trial_ = pause_;
  } else {
    choice_ = home_;
    const Seconds lost = spent * (1.0 - usual / measured);
    until_trial_ = std::max(pause_, lost / cost);
    pause_ = std::min(2.0 * pause_, latest);
  }
  since_trial_ = Seconds(0.0);
}

}  // namespace sorn
