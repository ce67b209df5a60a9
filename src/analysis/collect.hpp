// One reading of spikes for several measures. Each measure is a collector, which takes block after block.
#pragma once

#include <sorn/spike_source.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace sorn::analysis {

/// A block of spikes, and what several collectors need of it.
struct Seen {
  SpikeBlock block;
  std::span<const double> activity;  ///< the number of active neurons in each step; empty if no collector reads it
};

/// Collects a measure from all blocks in their order, once or several times.
class Collector {
public:
  Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  virtual ~Collector() = default;

  virtual bool reads_activity() const noexcept { return false; }
  /// In how many parts a block can be taken at the same time.
  virtual std::size_t parts() const noexcept { return 1; }
  /// Takes a part of the next block.
  virtual void add(const Seen& seen, std::size_t part) = 0;
  /// Called after all parts of a block.
  virtual void end_block(const Seen& /*seen*/) {}
  /// Called after the last block. Returns whether all blocks must come again.
  virtual bool end_pass() { return false; }
};

/// Gives all blocks of a source to the collectors until none of them needs another pass. Several threads work on a
/// block if the source has several; the results do not depend on their number.
void collect(const SpikeSource& source, std::span<Collector* const> collectors);
inline void collect(const SpikeSource& source, std::initializer_list<Collector*> collectors) {
  collect(source, std::span(collectors.begin(), collectors.size()));
}

/// Calls take(block) for all blocks in their order.
template <class Take>
void for_each_block(const SpikeSource& source, Take&& take) {
  std::vector<SpikeSource::Word> room;
  const std::size_t part = source.steps_a_block();
  for (std::size_t first = 0; first < source.steps(); first += part) {
    take(source.block(first, std::min(part, source.steps() - first), room));
  }
}

/// Writes the number of active neurons in each step of a block, from word `begin` to before word `end` of its rows.
void count_active(const SpikeBlock& block, std::size_t begin, std::size_t end, std::span<double> activity) noexcept;

/// Equal parts of some neurons or words, so that threads can share the work.
class Parts {
public:
  explicit Parts(std::size_t size, std::size_t parts) noexcept : size_(size), parts_(parts) {}
  std::pair<std::size_t, std::size_t> operator[](std::size_t part) const noexcept {
    return {size_ * part / parts_, size_ * (part + 1) / parts_};
  }

private:
  std::size_t size_;
  std::size_t parts_;
};

/// A collector of each neuron by itself: `one(neuron, row, block)` takes the next bits of a neuron.
class NeuronCollector : public Collector {
public:
  std::size_t parts() const noexcept final { return 16; }
  void add(const Seen& seen, std::size_t part) final {
    const auto [begin, end] = Parts(seen.block.neurons, parts())[part];
    for (std::size_t neuron = begin; neuron < end; ++neuron) add_neuron(neuron, seen.block);
  }

private:
  virtual void add_neuron(std::size_t neuron, const SpikeBlock& block) = 0;
};

/// Collects a measure from a series of numbers, which comes in parts, once or several times.
class SeriesCollector {
public:
  SeriesCollector() = default;
  SeriesCollector(const SeriesCollector&) = delete;
  SeriesCollector& operator=(const SeriesCollector&) = delete;
  virtual ~SeriesCollector() = default;

  virtual void add(std::span<const double> values) = 0;
  /// Called after the last part. Returns whether all parts must come again.
  virtual bool end_pass() { return false; }
};

/// A series of numbers that can be read again and again: calls take(part) for all parts in their order.
using Series = std::function<void(const std::function<void(std::span<const double>)>& take)>;

/// Gives a series to a collector until it needs no other pass.
void collect(const Series& series, SeriesCollector& collector);
/// The same for a series in memory.
void collect(std::span<const double> series, SeriesCollector& collector);

/// Gives the activity of the network to a collector of a series.
class OfActivity final : public Collector {
public:
  explicit OfActivity(SeriesCollector& series) noexcept : series_(series) {}
  bool reads_activity() const noexcept override { return true; }
  void add(const Seen& seen, std::size_t /*part*/) override { series_.add(seen.activity); }
  bool end_pass() override { return series_.end_pass(); }

private:
  SeriesCollector& series_;
};

}  // namespace sorn::analysis
