// Spikes and series in bins of equal numbers of steps, as pictures show them.
#include "analysis/collectors.hpp"
#include "analysis/spikes.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>

namespace sorn::analysis {

SeriesBins::SeriesBins(std::size_t size) : size_(size) {
  if (size == 0) throw ParameterError("size = 0", "must be at least 1");
}

void SeriesBins::add(std::span<const double> values) {
  for (const double value : values) {
    if (values_ % size_ == 0) {
      bins_.lowest.push_back(value);
      bins_.sum.push_back(value);
      bins_.highest.push_back(value);
    } else {
      bins_.lowest.back() = std::min(bins_.lowest.back(), value);
      bins_.sum.back() += value;
      bins_.highest.back() = std::max(bins_.highest.back(), value);
    }
    if (values_ == 0 || value < bins_.least) {
      bins_.least = value;
      bins_.least_at = values_;
    }
    if (values_ == 0) bins_.first = value;
    bins_.last = value;
    ++values_;
  }
}

void NeuronBins::add_neuron(std::size_t neuron, const SpikeBlock& block) {
  const auto row = block.row(neuron);
  const std::size_t end = block.first + block.steps;
  for (std::size_t step = block.first; step < end;) {
    const std::size_t bin = step / size_;
    const std::size_t stop = std::min(end, (bin + 1) * size_);
    counts_[bin * neurons_ + neuron] +=
        static_cast<std::int64_t>(ones_between(row, step - block.first, stop - block.first));
    step = stop;
  }
}

}  // namespace sorn::analysis

namespace sorn::statistics {

SeriesInBins activity_in_bins(const SpikeSource& source, std::size_t size) {
  analysis::SeriesBins bins(size);
  analysis::OfActivity collector(bins);
  analysis::collect(source, {&collector});
  return std::move(bins).result();
}

std::vector<std::int64_t> spikes_in_bins(const SpikeSource& source, std::size_t size) {
  if (size == 0) throw ParameterError("size = 0", "must be at least 1");
  analysis::NeuronBins bins(source, size);
  analysis::collect(source, {&bins});
  return std::move(bins).result();
}

std::vector<std::int64_t> activity_histogram(const SpikeSource& source) {
  analysis::ActivityCounts counts(source.neurons());
  analysis::collect(source, {&counts});
  return std::move(counts).result();
}

std::vector<std::int64_t> spike_counts(const SpikeSource& source) {
  analysis::NeuronCounts counts(source.neurons());
  analysis::collect(source, {&counts});
  return {counts.counts().begin(), counts.counts().end()};
}

SpikeList spike_list(const SpikeSource& source) {
  SpikeList list;
  std::vector<double> active;
  std::vector<std::size_t> place;
  analysis::for_each_block(source, [&](const SpikeBlock& block) {
    active.resize(block.steps);
    analysis::count_active(block, 0, block.words(), active);
    place.resize(block.steps);
    std::size_t size = list.steps.size();
    for (std::size_t k = 0; k < block.steps; ++k) {
      place[k] = size;
      size += static_cast<std::size_t>(active[k]);
    }
    list.steps.resize(size);
    list.neurons.resize(size);
    for (std::size_t neuron = 0; neuron < block.neurons; ++neuron) {
      analysis::for_each_spike(block.row(neuron), [&](std::size_t k) {
        list.steps[place[k]] = static_cast<std::int64_t>(block.first + k);
        list.neurons[place[k]++] = static_cast<std::int64_t>(neuron);
      });
    }
  });
  return list;
}

}  // namespace sorn::statistics
