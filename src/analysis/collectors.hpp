// The collectors of the measures. Each adds its numbers in the order of the steps, so that its result has the same bits
// wherever the blocks of steps end.
#pragma once

#include "analysis/collect.hpp"
#include "analysis/counts.hpp"
#include "analysis/sums.hpp"

#include <sorn/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sorn::analysis {

// --- Of spikes -------------------------------------------------------------------------------------------------------

/// The spikes of each neuron.
class NeuronCounts final : public NeuronCollector {
public:
  explicit NeuronCounts(std::size_t neurons) : counts_(neurons) {}
  std::span<const std::uint64_t> counts() const noexcept { return counts_; }

private:
  void add_neuron(std::size_t neuron, const SpikeBlock& block) override;

  std::vector<std::uint64_t> counts_;
};

/// Exact sums over the activity.
class ActivityTotals final : public Collector {
public:
  bool reads_activity() const noexcept override { return true; }
  void add(const Seen& seen, std::size_t /*part*/) override {
    for (const double active : seen.activity) sums_.add(static_cast<std::uint64_t>(active));
  }
  const ActivitySums& sums() const noexcept { return sums_; }

private:
  ActivitySums sums_{};
};

/// Both variations of the intervals of each neuron, in two passes.
class IntervalVariations final : public NeuronCollector {
public:
  explicit IntervalVariations(std::size_t neurons) : neurons_(neurons) {}
  bool end_pass() override;
  statistics::IntervalVariation result() const;

private:
  struct OfNeuron {
    bool has_fired = false;
    std::size_t first = 0;  // the step of the first spike
    std::size_t last = 0;   // that of the last one
    std::size_t intervals = 0;
    std::size_t first_interval = 0;
    std::size_t last_interval = 0;
    bool constant = true;  // all intervals are equal
    double mean = 0.0;
    Sum contrasts;
    Sum squares;
  };
  void add_neuron(std::size_t neuron, const SpikeBlock& block) override;

  std::vector<OfNeuron> neurons_;
  bool again_ = false;
};

/// How often intervals of each length occur, for all neurons together or for one.
class IntervalLengths final : public Collector {
public:
  static constexpr std::size_t all = static_cast<std::size_t>(-1);

  explicit IntervalLengths(std::size_t neurons, std::size_t chosen = all)
      : chosen_(chosen), last_(neurons, never), tables_(parts()) {}
  std::size_t parts() const noexcept override { return 16; }
  void add(const Seen& seen, std::size_t part) override;
  /// The number of intervals of each length that occurs, ascending.
  std::map<std::size_t, std::uint64_t> counts() const;

private:
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  struct Table {
    std::vector<std::uint64_t> few = std::vector<std::uint64_t>(1024);  // counts of short intervals
    std::map<std::size_t, std::uint64_t> longer;                        // of the others
  };

  std::size_t chosen_;
  std::vector<std::size_t> last_;  // the step of the last spike of each neuron
  std::vector<Table> tables_;
};

/// The spikes of each neuron in windows that follow each other, in two passes.
class FanoWindows final : public NeuronCollector {
public:
  /// For a source of so many steps, at least one window.
  FanoWindows(std::size_t neurons, std::size_t steps, std::size_t window)
      : window_(window), windows_(steps / window), neurons_(neurons) {}
  bool end_pass() override;
  statistics::FanoFactor operator[](std::size_t neuron) const noexcept;
  std::size_t neurons() const noexcept { return neurons_.size(); }

private:
  struct OfNeuron {
    std::uint64_t in_window = 0;  // spikes in the window that is not over
    std::uint64_t first = 0;      // in the first window
    std::uint64_t total = 0;
    bool constant = true;  // all windows have the same number
    double mean = 0.0;
    Sum squares;
  };
  void add_neuron(std::size_t neuron, const SpikeBlock& block) override;

  std::size_t window_;
  std::size_t windows_;
  std::vector<OfNeuron> neurons_;
  bool again_ = false;
};

/// The mean correlation of pairs, in two passes or, for long sources, three.
class PairCorrelations final : public Collector {
public:
  explicit PairCorrelations(const SpikeSource& source);
  std::size_t parts() const noexcept override { return 16; }
  void add(const Seen& seen, std::size_t part) override;
  void end_block(const Seen& seen) override;
  bool end_pass() override;
  statistics::PairwiseCorrelation result() const;

private:
  enum class Pass : std::uint8_t { counting, summing, spreading };

  std::size_t steps_;
  Pass pass_ = Pass::counting;
  std::vector<std::uint64_t> counts_;
  std::vector<double> weights_;
  std::size_t varying_ = 0;
  std::vector<double> totals_;  // of the steps of a block, or of all steps if they are not too many
  bool keeps_totals_;
  std::size_t totals_at_once_;
  MomentSums moments_;
};

/// How often pairs of neurons fire together.
class JointCounts final : public Collector {
public:
  explicit JointCounts(std::size_t neurons) : joint_(neurons * neurons) {}
  std::size_t parts() const noexcept override { return 16; }
  void add(const Seen& seen, std::size_t part) override;
  /// [i · neurons + j] for i < j.
  std::span<const std::uint64_t> counts() const noexcept { return joint_; }

private:
  std::vector<std::uint64_t> joint_;
};

/// The spikes of each neuron in bins of some steps.
class NeuronBins final : public NeuronCollector {
public:
  NeuronBins(const SpikeSource& source, std::size_t size)
      : size_(size), neurons_(source.neurons()), counts_((source.steps() + size - 1) / size * neurons_) {}
  /// (bins, neurons) values, row by row.
  std::vector<std::int64_t> result() && noexcept { return std::move(counts_); }

private:
  void add_neuron(std::size_t neuron, const SpikeBlock& block) override;

  std::size_t size_;
  std::size_t neurons_;
  std::vector<std::int64_t> counts_;
};

/// The number of steps with 0, 1, 2 … active neurons.
class ActivityCounts final : public Collector {
public:
  explicit ActivityCounts(std::size_t neurons) : counts_(neurons + 1) {}
  bool reads_activity() const noexcept override { return true; }
  void add(const Seen& seen, std::size_t /*part*/) override {
    for (const double active : seen.activity) ++counts_[static_cast<std::size_t>(active)];
  }
  std::vector<std::int64_t> result() && noexcept { return std::move(counts_); }

private:
  std::vector<std::int64_t> counts_;
};

// --- Of a series, such as the activity -------------------------------------------------------------------------------

/// The differences of consecutive values, in two passes.
class Changes final : public SeriesCollector {
public:
  void add(std::span<const double> values) override;
  bool end_pass() override;
  std::optional<double> scale_dependent_smoothness() const noexcept;
  std::optional<double> scale_independent_smoothness() const noexcept;

private:
  std::size_t values_ = 0;
  double first_ = 0.0;
  double last_ = 0.0;
  MomentSums moments_;
  bool again_ = false;
};

/// The autocorrelation at a lag, in two passes. It keeps as many values as the lag, or as remain without it.
class LaggedProducts final : public SeriesCollector {
public:
  /// For a series of so many values. @throws ParameterError if fewer than three pairs remain
  LaggedProducts(std::size_t values, std::size_t lag);
  void add(std::span<const double> values) override;
  bool end_pass() override;
  std::optional<double> result() const noexcept;

private:
  std::size_t lag_;
  std::size_t pairs_;
  std::size_t at_ = 0;
  MomentSums early_;
  MomentSums late_;
  Sum products_;
  std::vector<double> recent_;
  bool again_ = false;
};

/// Bins of some values.
class SeriesBins final : public SeriesCollector {
public:
  /// @throws ParameterError if the size is 0
  explicit SeriesBins(std::size_t size);
  void add(std::span<const double> values) override;
  statistics::SeriesInBins result() && noexcept { return std::move(bins_); }

private:
  std::size_t size_;
  std::size_t values_ = 0;
  statistics::SeriesInBins bins_;
};

/// The branching ratio, BranchingEstimator::regression, of whole numbers.
class WholeSums final : public SeriesCollector {
public:
  void add(std::span<const double> values) override;
  /// The sums, if all values are whole and small enough for exact sums.
  std::optional<ActivitySums> result() const noexcept;

private:
  bool whole_ = true;
  ActivitySums sums_{};
};

/// The branching ratio, BranchingEstimator::mean_ratio.
class MeanRatio final : public SeriesCollector {
public:
  void add(std::span<const double> values) override;
  std::optional<double> result() const noexcept;

private:
  bool begun_ = false;
  double last_ = 0.0;
  std::size_t count_ = 0;
  Sum ratios_;
};

/// Avalanches, in two passes.
class AvalancheScan final : public SeriesCollector {
public:
  /// @param take  is called with the size and the duration of each avalanche
  /// @throws ParameterError if the threshold is negative or not finite
  AvalancheScan(std::optional<double> threshold, std::function<void(double, std::int64_t)> take);
  void add(std::span<const double> values) override;
  /// @throws ShapeError if there was no value
  bool end_pass() override;
  double threshold() const noexcept { return threshold_; }

private:
  std::function<void(double, std::int64_t)> take_;
  double threshold_ = 0.0;
  MomentSums moments_;
  bool again_;
  bool any_ = false;
  bool cut_ = true;  // since the first step the activity has been above the threshold
  std::int64_t duration_ = 0;
  Sum size_;
};

/// The number of avalanches and their means.
class AvalancheMeans {
public:
  explicit AvalancheMeans(std::optional<double> threshold)
      : scan_(threshold, [this](double size, std::int64_t duration) {
          ++count_;
          sizes_.add(size);
          durations_.add(static_cast<double>(duration));
        }) {}
  AvalancheMeans(const AvalancheMeans&) = delete;
  AvalancheMeans& operator=(const AvalancheMeans&) = delete;

  AvalancheScan& scan() noexcept { return scan_; }
  double threshold() const noexcept { return scan_.threshold(); }
  std::uint64_t count() const noexcept { return count_; }
  std::optional<double> mean_size() const noexcept { return mean(sizes_); }
  std::optional<double> mean_duration() const noexcept { return mean(durations_); }

private:
  std::optional<double> mean(const Sum& sum) const noexcept {
    if (count_ == 0) return {};
    return sum.value() / static_cast<double>(count_);
  }

  std::uint64_t count_ = 0;
  Sum sizes_;
  Sum durations_;
  AvalancheScan scan_;
};

}  // namespace sorn::analysis
