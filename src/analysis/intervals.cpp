// Single neurons: spike times, interspike intervals and their variation.
#include "analysis/collectors.hpp"
#include "analysis/line.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace sorn::analysis {

namespace {

/// Calls visit(step) for the steps of a block in which a neuron fires.
template <class Visit>
void for_each_spike_of(std::size_t neuron, const SpikeBlock& block, Visit&& visit) {
  for_each_spike(block.row(neuron), [&](std::size_t step) { visit(block.first + step); });
}

/// A mean of whole numbers with this sum, as moments() finds it: the sum is exact.
double mean_of(std::uint64_t sum, std::size_t count) noexcept {
  return static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace

void NeuronCounts::add_neuron(std::size_t neuron, const SpikeBlock& block) {
  for (const SpikeBlock::Word word : block.row(neuron)) {
    counts_[neuron] += static_cast<std::uint64_t>(std::popcount(word));
  }
}

void IntervalVariations::add_neuron(std::size_t neuron, const SpikeBlock& block) {
  OfNeuron one = neurons_[neuron];
  if (!again_) {
    for_each_spike_of(neuron, block, [&](std::size_t step) {
      if (one.has_fired) {
        const std::size_t interval = step - one.last;
        if (one.intervals == 0) {
          one.first_interval = interval;
        } else {
          const auto a = static_cast<double>(one.last_interval);
          const auto b = static_cast<double>(interval);
          const double contrast = (a - b) / (a + b);
          one.contrasts.add(contrast * contrast);
          one.constant = one.constant && interval == one.first_interval;
        }
        one.last_interval = interval;
        ++one.intervals;
      } else {
        one.first = step;
      }
      one.has_fired = true;
      one.last = step;
    });
  } else if (!one.constant) {
    for_each_spike_of(neuron, block, [&](std::size_t step) {
      if (one.has_fired) {
        const auto interval = static_cast<double>(step - one.last);
        one.squares.add((interval - one.mean) * (interval - one.mean));
      }
      one.has_fired = true;
      one.last = step;
    });
  }
  neurons_[neuron] = one;
}

bool IntervalVariations::end_pass() {
  if (again_) return false;
  again_ = true;
  bool any = false;
  for (OfNeuron& one : neurons_) {
    if (one.intervals > 0) one.mean = mean_of(one.last - one.first, one.intervals);
    one.has_fired = false;
    any = any || !one.constant;
  }
  return any;
}

statistics::IntervalVariation IntervalVariations::result() const {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  statistics::IntervalVariation variation;
  for (const OfNeuron& one : neurons_) {
    const auto count = static_cast<double>(one.intervals);
    const double variance = one.constant ? 0.0 : one.squares.value() / count;
    variation.cv.push_back(one.intervals < statistics::least("isi_cv") ? undefined : std::sqrt(variance) / one.mean);
    variation.lv.push_back(one.intervals < statistics::least("isi_lv")
                               ? undefined
                               : 3.0 * one.contrasts.value() / static_cast<double>(one.intervals - 1));
  }
  return variation;
}

void IntervalLengths::add(const Seen& seen, std::size_t part) {
  const auto [begin, end] = Parts(seen.block.neurons, parts())[part];
  Table& table = tables_[part];
  for (std::size_t neuron = begin; neuron < end; ++neuron) {
    if (chosen_ != all && neuron != chosen_) continue;
    std::size_t last = last_[neuron];
    for_each_spike_of(neuron, seen.block, [&](std::size_t step) {
      if (last != never) {
        const std::size_t interval = step - last;
        ++(interval < table.few.size() ? table.few[interval] : table.longer[interval]);
      }
      last = step;
    });
    last_[neuron] = last;
  }
}

std::map<std::size_t, std::uint64_t> IntervalLengths::counts() const {
  std::map<std::size_t, std::uint64_t> counts;
  for (const Table& table : tables_) {
    for (std::size_t length = 0; length < table.few.size(); ++length) {
      if (table.few[length] > 0) counts[length] += table.few[length];
    }
    for (const auto& [length, count] : table.longer) counts[length] += count;
  }
  return counts;
}

void FanoWindows::add_neuron(std::size_t neuron, const SpikeBlock& block) {
  OfNeuron one = neurons_[neuron];
  const auto row = block.row(neuron);
  const std::size_t end = std::min(block.first + block.steps, windows_ * window_);
  for (std::size_t step = block.first; step < end;) {
    const std::size_t window = step / window_;
    const std::size_t stop = std::min(end, (window + 1) * window_);
    one.in_window += ones_between(row, step - block.first, stop - block.first);
    step = stop;
    if (stop < (window + 1) * window_) break;  // the window goes on in the next block
    if (!again_) {
      if (window == 0) one.first = one.in_window;
      one.constant = one.constant && one.in_window == one.first;
      one.total += one.in_window;
    } else if (!one.constant) {
      const auto count = static_cast<double>(one.in_window);
      one.squares.add((count - one.mean) * (count - one.mean));
    }
    one.in_window = 0;
  }
  neurons_[neuron] = one;
}

bool FanoWindows::end_pass() {
  if (again_) return false;
  again_ = true;
  bool any = false;
  for (OfNeuron& one : neurons_) {
    one.mean = mean_of(one.total, windows_);
    one.in_window = 0;
    any = any || !one.constant;
  }
  return any;
}

statistics::FanoFactor FanoWindows::operator[](std::size_t neuron) const noexcept {
  const OfNeuron& one = neurons_[neuron];
  if (windows_ < statistics::least("fano_factor")) return {one.mean, {}, {}};
  const double variance = one.constant ? 0.0 : one.squares.value() / static_cast<double>(windows_);
  statistics::FanoFactor fano{one.mean, variance, {}};
  if (one.mean > 0.0) fano.ratio = variance / one.mean;
  return fano;
}

}  // namespace sorn::analysis

namespace sorn::statistics {

namespace {

/// One neuron of a source, as a source of its own: one bit a step.
class OneNeuron final : public SpikeSource {
public:
  OneNeuron(const SpikeSource& source, std::size_t neuron)
      : SpikeSource(source.steps(), 1), words_(source.all_words(neuron, room_)) {}

  SpikeBlock block(std::size_t first, std::size_t count, std::vector<Word>& /*room*/) const override {
    return {words_.data() + first / steps_per_word, words_.size(), 1, first, count};
  }
  std::span<const Word> words() const noexcept { return words_; }

private:
  std::vector<Word> room_;
  std::span<const Word> words_;
};

}  // namespace

std::vector<std::int64_t> spike_times(const SpikeSource& source, std::size_t neuron) {
  analysis::require_neuron(source, neuron);
  const OneNeuron one(source, neuron);
  std::vector<std::int64_t> times;
  analysis::for_each_spike(one.words(), [&](std::size_t step) { times.push_back(static_cast<std::int64_t>(step)); });
  return times;
}

std::vector<std::int64_t> interspike_intervals(const SpikeSource& source, std::size_t neuron) {
  std::vector<std::int64_t> intervals = spike_times(source, neuron);
  if (intervals.empty()) return intervals;
  for (std::size_t k = 0; k + 1 < intervals.size(); ++k) intervals[k] = intervals[k + 1] - intervals[k];
  intervals.pop_back();
  return intervals;
}

std::optional<double> coefficient_of_variation(std::span<const std::int64_t> intervals) {
  if (intervals.size() < least("isi_cv")) return {};
  const auto [mean, variance] = analysis::moments(intervals);
  return std::sqrt(variance) / mean;
}

std::optional<double> local_variation(std::span<const std::int64_t> intervals) {
  if (intervals.size() < least("isi_lv")) return {};
  analysis::Sum sum;
  for (std::size_t k = 0; k + 1 < intervals.size(); ++k) {
    const auto a = static_cast<double>(intervals[k]);
    const auto b = static_cast<double>(intervals[k + 1]);
    const double contrast = (a - b) / (a + b);
    sum.add(contrast * contrast);
  }
  return 3.0 * sum.value() / static_cast<double>(intervals.size() - 1);
}

IntervalVariation interval_variation(const SpikeSource& source) {
  analysis::IntervalVariations variations(source.neurons());
  analysis::collect(source, {&variations});
  return variations.result();
}

IntervalCounts interval_counts(const SpikeSource& source, std::optional<std::size_t> neuron) {
  if (neuron) analysis::require_neuron(source, *neuron);
  analysis::IntervalLengths found(source.neurons(), neuron.value_or(analysis::IntervalLengths::all));
  analysis::collect(source, {&found});
  IntervalCounts counts;
  for (const auto& [length, count] : found.counts()) {
    counts.lengths.push_back(static_cast<std::int64_t>(length));
    counts.counts.push_back(static_cast<std::int64_t>(count));
  }
  return counts;
}

std::optional<IsiExponential> isi_exponential(const SpikeSource& source, std::int64_t shortest, std::int64_t longest) {
  if (shortest < 1 || longest <= shortest) {
    throw ParameterError(formatted("intervals from {} to {} steps", shortest, longest),
                         "must have two limits from 1 on, the shorter one first");
  }
  const IntervalCounts all = interval_counts(source);
  IsiExponential found;
  std::vector<double> lengths;
  std::vector<double> logs;
  for (std::size_t k = 0; k < all.lengths.size(); ++k) {
    if (all.lengths[k] < shortest || all.lengths[k] > longest) continue;
    found.intervals += static_cast<std::size_t>(all.counts[k]);
    lengths.push_back(static_cast<double>(all.lengths[k]));
    logs.push_back(std::log(static_cast<double>(all.counts[k])));
  }
  const auto line = analysis::straight_line(lengths, logs);
  if (!line) return {};
  found.decay = line->slope == 0.0 ? std::numeric_limits<double>::infinity() : -1.0 / line->slope;
  found.r_squared = line->r_squared;
  return found;
}

FanoFactor fano_factor(const SpikeSource& source, std::size_t neuron, std::size_t window) {
  analysis::require_neuron(source, neuron);
  analysis::require_window(source, "window_size", window);
  const OneNeuron one(source, neuron);
  analysis::FanoWindows windows(1, source.steps(), window);
  analysis::collect(one, {&windows});
  return windows[0];
}

}  // namespace sorn::statistics
