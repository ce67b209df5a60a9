// The variability of spike counts over trials.
#include "analysis/collect.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace sorn::statistics {

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

std::vector<double> fano_across_trials(const SpikeSource& source, std::span<const std::int64_t> onsets,
                                       std::span<const std::int64_t> offsets, std::size_t window,
                                       std::span<const std::size_t> units) {
  analysis::require_content(source);
  analysis::require_window(source, "window", window);
  for (const std::size_t unit : units) analysis::require_neuron(source, unit);
  std::vector<std::size_t> chosen(units.begin(), units.end());
  if (units.empty()) {
    chosen.resize(source.neurons());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  }
  const auto before = static_cast<std::int64_t>(window / 2);
  const auto steps = static_cast<std::int64_t>(source.steps());
  const auto length = static_cast<std::int64_t>(window);
  // No sum of these overflows if both lie within the length of the source.
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
  // Some offsets are counted in one reading, so that the counts stay small.
  constexpr std::size_t most_counts = std::size_t{1} << 22U;
  const std::size_t counts_an_offset = onsets.size() * chosen.size();
  const std::size_t at_once =
      std::clamp<std::size_t>(most_counts / std::max<std::size_t>(1, counts_an_offset), 1, offsets.size() + 1);
  std::vector<double> fano;
  fano.reserve(offsets.size());
  for (std::size_t done = 0; done < offsets.size(); done += at_once) {
    const auto some = offsets.subspan(done, std::min(at_once, offsets.size() - done));
    std::vector<double> counts(some.size() * counts_an_offset);
    std::vector<std::pair<std::size_t, double*>> windows;  // their first steps, and where to count
    for (std::size_t o = 0; o < some.size(); ++o) {
      for (std::size_t k = 0; k < onsets.size(); ++k) {
        windows.emplace_back(static_cast<std::size_t>(onsets[k] + some[o] - before),
                             counts.data() + (o * onsets.size() + k) * chosen.size());
      }
    }
    std::sort(windows.begin(), windows.end());
    std::size_t next = 0;
    analysis::for_each_block(source, [&](const SpikeBlock& block) {
      const std::size_t end = block.first + block.steps;
      while (next < windows.size() && windows[next].first + window <= block.first) ++next;
      for (std::size_t k = next; k < windows.size() && windows[k].first < end; ++k) {
        const std::size_t first = std::max(windows[k].first, block.first) - block.first;
        const std::size_t last = std::min(windows[k].first + window, end) - block.first;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
          windows[k].second[i] += static_cast<double>(analysis::ones_between(block.row(chosen[i]), first, last));
        }
      }
    });
    for (std::size_t o = 0; o < some.size(); ++o) {
      const auto of_offset = std::span(counts).subspan(o * counts_an_offset, counts_an_offset);
      fano.push_back(fano_regression(of_offset, chosen.size()).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  return fano;
}

}  // namespace sorn::statistics
