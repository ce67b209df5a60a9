#include "analysis/counts.hpp"

#include "analysis/collectors.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

namespace sorn::analysis {

// Eight bytes are added at a time, at most 255 times, so that no byte overflows.
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

std::optional<double> mean_rate(std::uint64_t spikes, std::uint64_t steps, std::size_t units) noexcept {
  if (steps == 0 || units == 0) return {};
  return static_cast<double>(spikes) / static_cast<double>(steps * units);
}

void ActivitySums::add(std::uint64_t activity) noexcept {
  if (steps_ == 0) first_ = activity;
  products_ += static_cast<Wide>(last_) * activity;  // last_ is 0 before the first step
  squares_ += static_cast<Wide>(activity) * activity;
  sum_ += activity;
  last_ = activity;
  ++steps_;
}

std::optional<double> ActivitySums::deviation() const {
  if (steps_ < statistics::least("standard deviation of steps or replicas")) return {};
  return std::sqrt(static_cast<double>(scaled_variance())) / static_cast<double>(steps_);
}

std::optional<double> ActivitySums::branching_ratio() const noexcept {
  if (steps_ < 2) return {};
  __extension__ using Signed = __int128;
  const std::uint64_t pairs = steps_ - 1;
  const std::uint64_t now = sum_ - last_;
  const std::uint64_t next = sum_ - first_;
  const Wide squares = squares_ - static_cast<Wide>(last_) * last_;
  const auto covariance = static_cast<Signed>(pairs * products_) - static_cast<Signed>(static_cast<Wide>(now) * next);
  const Wide variance = pairs * squares - static_cast<Wide>(now) * now;
  if (variance == 0) return {};
  return static_cast<double>(covariance) / static_cast<double>(variance);
}

SpikeCounts::SpikeCounts(const SpikeSource& source) : SpikeCounts(source.neurons()) {
  NeuronCounts counts(source.neurons());
  ActivityTotals totals;
  collect(source, {&counts, &totals});
  totals_.assign(counts.counts().begin(), counts.counts().end());
  activity_ = totals.sums();
}

void SpikeCounts::add(std::span<const std::uint8_t> spikes) noexcept {
  activity_.add(count_ones(spikes));
  const std::span<std::uint8_t> recent = recent_;  // bytes might alias recent_; a copy can be vectorised
  for (std::size_t i = 0; i < spikes.size(); ++i) recent[i] = static_cast<std::uint8_t>(recent[i] + spikes[i]);
  if (activity_.steps() % 255 == 0) {
    for (std::size_t i = 0; i < recent_.size(); ++i) totals_[i] += recent_[i];
    std::fill(recent_.begin(), recent_.end(), std::uint8_t{0});
  }
}

std::optional<double> SpikeCounts::mean_rate() const noexcept {
  return analysis::mean_rate(activity_.sum(), activity_.steps(), units());
}

std::optional<double> SpikeCounts::synchrony() const {
  if (units() < statistics::least("synchrony")) return {};
  Wide single = 0;  // sum of the variances of all units, multiplied by steps², as the variance of the sum is
  for (std::size_t i = 0; i < units(); ++i) {
    const std::uint64_t spikes = (*this)[i];
    single += static_cast<Wide>(spikes) * (activity_.steps() - spikes);
  }
  if (single == 0) return {};
  // χ² = Var(A/N) / (Σᵢ Var(xᵢ)/N)
  const double share = static_cast<double>(activity_.scaled_variance()) / static_cast<double>(single * units());
  return std::min(1.0, std::sqrt(share));
}

std::optional<double> SpikeCounts::source_entropy(std::size_t sources) const {
  const std::uint64_t spikes = activity_.sum();
  if (spikes < statistics::least("spike_source_entropy") || sources == 1) return {};
  Sum entropy;
  for (std::size_t i = 0; i < units(); ++i) {
    const double share = static_cast<double>((*this)[i]) / static_cast<double>(spikes);
    if (share > 0.0) entropy.add(-share * std::log(share));
  }
  const double share_of_most = std::abs(entropy.value()) / std::log(static_cast<double>(sources));  // abs: not −0
  return sources < units() ? share_of_most : std::min(1.0, share_of_most);  // so that rounding does not exceed 1
}

void RunCounter::keep_train(std::uint64_t steps) {
  const std::uint64_t kept = steps - skip_;
  const double bytes = static_cast<double>(kept) * static_cast<double>(excitatory_.units()) / 8;
  if (bytes > physical_memory_bytes()) {
    throw ParameterError(formatted("spike trains of {} steps", kept),
                         formatted("would need {:.3g} GB, more than this machine has", bytes / 1e9),
                         "skip more steps, or leave out the statistics that are made from them");
  }
  train_.emplace(static_cast<std::size_t>(kept), excitatory_.units());
}

Observer::Outcome RunCounter::on_step(const StepView& view) {
  if (seen_++ < skip_) return Outcome::go_on;
  const std::span<const std::uint8_t> x = view.state.x;
  if (train_) {
    const auto step = static_cast<std::size_t>(excitatory_.activity().steps());
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] != 0) train_->set(step, i);
    }
  }
  excitatory_.add(x);
  inhibitory_spikes_ += count_ones(view.state.y);
  if (!synapses_) synapses_ = SynapseCounts{view.ee_count, view.ee_count};
  synapses_->fewest = std::min<std::uint64_t>(synapses_->fewest, view.ee_count);
  return Outcome::go_on;
}

Observed RunCounter::observed(const State& state) const noexcept {
  return {.state = &state,
          .spikes = &excitatory_,
          .train = train_ ? &*train_ : nullptr,
          .synapses = synapses_,
          .saw_inhibitory = true,
          .inhibitory_rate = mean_rate(inhibitory_spikes_, excitatory_.activity().steps(), ni_)};
}

}  // namespace sorn::analysis
