#include "analysis/online.hpp"

#include "analysis/sums.hpp"

#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace sorn::analysis {

namespace {

/// The sum of bytes that are 0 or 1. Eight of them are added at a time, and 255 times before a byte could overflow.
std::uint64_t count_ones(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t width = sizeof(std::uint64_t);
  constexpr std::size_t block = 255 * width;
  std::uint64_t ones = 0;
  while (bytes.size() >= width) {
    const std::size_t size = std::min(block, bytes.size() / width * width);
    std::uint64_t sums = 0;
    for (std::size_t i = 0; i < size; i += width) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, width);
      sums += word;
    }
    constexpr std::uint64_t every_other_byte = 0x00ff00ff00ff00ff;
    const std::uint64_t pairs = (sums & every_other_byte) + ((sums >> 8U) & every_other_byte);
    ones += (pairs * 0x0001000100010001) >> 48U;
    bytes = bytes.subspan(size);
  }
  for (const std::uint8_t byte : bytes) ones += byte;
  return ones;
}

std::optional<double> rate(std::uint64_t spikes, std::uint64_t steps, std::size_t units) noexcept {
  if (steps == 0 || units == 0) return {};
  return static_cast<double>(spikes) / static_cast<double>(steps * units);
}

}  // namespace

OnlineActivity::OnlineActivity(std::size_t ne, std::size_t ni) : ne_(ne), ni_(ni), recent_(ne), totals_(ne) {}

Observer::Outcome OnlineActivity::on_step(const StepView& view) {
  const std::span<const std::uint8_t> x = view.state.x;
  const std::uint64_t activity = count_ones(x);
  if (steps_ == 0) first_ = activity;
  products_ += static_cast<Wide>(last_) * activity;  // last_ is 0 before the first step
  squares_ += static_cast<Wide>(activity) * activity;
  excitatory_spikes_ += activity;
  inhibitory_spikes_ += count_ones(view.state.y);
  last_ = activity;
  const std::span<std::uint8_t> recent = recent_;  // bytes may be anything's, also recent_'s own: a copy vectorises
  for (std::size_t i = 0; i < x.size(); ++i) recent[i] = static_cast<std::uint8_t>(recent[i] + x[i]);
  if (++steps_ % 255 == 0) {
    for (std::size_t i = 0; i < recent_.size(); ++i) totals_[i] += recent_[i];
    std::fill(recent_.begin(), recent_.end(), std::uint8_t{0});
  }
  return Outcome::go_on;
}

std::optional<double> OnlineActivity::mean_rate() const noexcept { return rate(excitatory_spikes_, steps_, ne_); }

std::optional<double> OnlineActivity::inhibitory_rate() const noexcept { return rate(inhibitory_spikes_, steps_, ni_); }

double OnlineActivity::scaled_variance() const noexcept {
  return static_cast<double>(steps_ * squares_ - static_cast<Wide>(excitatory_spikes_) * excitatory_spikes_);
}

std::optional<double> OnlineActivity::activity_sd() const {
  if (steps_ < statistics::least("standard deviation of steps or replicas")) return {};
  return std::sqrt(scaled_variance()) / static_cast<double>(steps_);
}

std::optional<double> OnlineActivity::synchrony() const {
  if (ne_ < statistics::least("synchrony")) return {};
  // Steps² times the variance of each unit's activity, as that of the sum is.
  Sum single;
  for (std::size_t i = 0; i < ne_; ++i) {
    const std::uint64_t spikes = totals_[i] + recent_[i];
    single.add(static_cast<double>(static_cast<Wide>(spikes) * (steps_ - spikes)));
  }
  if (single.value() <= 0.0) return {};
  return std::min(1.0, std::sqrt(scaled_variance() / (single.value() * static_cast<double>(ne_))));
}

std::optional<double> OnlineActivity::branching_ratio() const noexcept {
  if (steps_ < 2) return {};
  __extension__ using Signed = __int128;
  const std::uint64_t pairs = steps_ - 1;
  const std::uint64_t now = excitatory_spikes_ - last_;
  const std::uint64_t next = excitatory_spikes_ - first_;
  const Wide squares = squares_ - static_cast<Wide>(last_) * last_;
  const auto covariance = static_cast<Signed>(pairs * products_) - static_cast<Signed>(static_cast<Wide>(now) * next);
  const Wide variance = pairs * squares - static_cast<Wide>(now) * now;
  if (variance == 0) return {};
  return static_cast<double>(covariance) / static_cast<double>(variance);
}

}  // namespace sorn::analysis
