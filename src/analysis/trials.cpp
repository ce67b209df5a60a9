// The variability of spike counts over trials.
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace sorn::statistics {

namespace {

/// The number of spikes of a neuron in the steps from `begin` to before `end`.
std::size_t spikes_between(std::span<const SpikeTrain::Word> words, std::size_t begin, std::size_t end) noexcept {
  std::size_t count = 0;
  for (std::size_t step = begin; step < end; ++step) {
    count += words[step / SpikeTrain::steps_per_word] >> (step % SpikeTrain::steps_per_word) & 1U;
  }
  return count;
}

}  // namespace

std::optional<double> fano_regression(std::span<const double> counts, std::size_t units) {
  constexpr double smoothing = 0.001;  // of a mean, so that units that are almost silent have a finite weight
  if (units == 0 || counts.size() % units != 0) {
    throw ShapeError(formatted("{} counts of {} units", counts.size(), units), "must be (trials, units)");
  }
  const std::size_t trials = counts.size() / units;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (!std::isfinite(counts[k]) || counts[k] < 0.0) {
      throw StateError(formatted("counts[{}, {}] = {}", k / units, k % units, counts[k]),
                       "must be a finite number from 0 on");
    }
  }
  if (trials < least("fano_regression")) return {};
  analysis::Sum products;
  analysis::Sum squares;
  for (std::size_t unit = 0; unit < units; ++unit) {
    const auto [mean, variance] = analysis::moments(trials, [&](std::size_t k) { return counts[k * units + unit]; });
    // The weight times the square of the mean is below 1, however large the mean is.
    const double share = mean / (mean + smoothing);
    products.add(share * (variance / (mean + smoothing)));
    squares.add(share * share);
  }
  if (!(squares.value() > 0.0)) return {};
  return products.value() / squares.value();
}

std::vector<double> fano_across_trials(const SpikeTrain& train, std::span<const std::int64_t> onsets,
                                       std::span<const std::int64_t> offsets, std::size_t window,
                                       std::span<const std::size_t> units) {
  analysis::require_content(train);
  analysis::require_window(train, "window", window);
  for (const std::size_t unit : units) analysis::require_neuron(train, unit);
  std::vector<std::size_t> chosen(units.begin(), units.end());
  if (units.empty()) {
    chosen.resize(train.neurons());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  }
  const auto before = static_cast<std::int64_t>(window / 2);
  const auto steps = static_cast<std::int64_t>(train.steps());
  const auto length = static_cast<std::int64_t>(window);
  // No sum of these overflows if both lie within the length of the train.
  const auto fits = [&](std::int64_t onset, std::int64_t offset) {
    if (onset < -steps || onset > steps || offset < -steps * 2 || offset > steps * 2) return false;
    const std::int64_t begin = onset + offset - before;
    return begin >= 0 && begin + length <= steps;
  };
  for (const std::int64_t offset : offsets) {
    for (const std::int64_t onset : onsets) {
      if (fits(onset, offset)) continue;
      throw ParameterError(formatted("{} steps around onset {} + offset {}", window, onset, offset),
                           formatted("must lie within the {} steps of the spike train", steps));
    }
  }
  std::vector<double> fano;
  fano.reserve(offsets.size());
  std::vector<double> counts(onsets.size() * chosen.size());
  for (const std::int64_t offset : offsets) {
    for (std::size_t k = 0; k < onsets.size(); ++k) {
      const auto begin = static_cast<std::size_t>(onsets[k] + offset - before);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        counts[k * chosen.size() + i] =
            static_cast<double>(spikes_between(train.words(chosen[i]), begin, begin + window));
      }
    }
    fano.push_back(fano_regression(counts, chosen.size()).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return fano;
}

}  // namespace sorn::statistics
