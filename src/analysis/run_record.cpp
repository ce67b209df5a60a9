#include "analysis/run_record.hpp"

#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sorn::analysis {

namespace {

template <class T, class Make>
const T& made_once(std::optional<T>& kept, Make&& make) {
  if (!kept) kept.emplace(make());
  return *kept;
}

/// The Fano factors of all neurons.
std::vector<double> ratios(const FanoWindows& windows) {
  std::vector<double> factors;
  factors.reserve(windows.neurons());
  for (std::size_t i = 0; i < windows.neurons(); ++i) {
    factors.push_back(windows[i].ratio.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return factors;
}

double number(const Measure& measure, RunRecord& record) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  return record.has(measure.needs) ? measure.value(record).value_or(undefined) : undefined;
}

}  // namespace

MeanOfDefined mean_of_defined(std::span<const double> values) noexcept {
  Sum sum;
  std::uint64_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum.add(value);
    ++count;
  }
  if (count == 0) return {};
  return {sum.value() / static_cast<double>(count), count};
}

RunRecord::RunRecord(const Observed& observed, const statistics::SummaryOptions& options)
    : observed_(observed), options_(options) {
  if (observed.train != nullptr) require_content(*observed.train);
  if (options.fano_window == 0) throw ParameterError("window = 0", "must be at least one step");
}

bool RunRecord::has(MeasureNeeds needs) const noexcept {
  switch (needs) {
    case MeasureNeeds::state: return observed_.state != nullptr;
    case MeasureNeeds::synapse_counts: return observed_.synapses.has_value();
    case MeasureNeeds::inhibitory_spikes: return observed_.saw_inhibitory;
    case MeasureNeeds::spike_counts: return observed_.spikes != nullptr || observed_.train != nullptr;
    case MeasureNeeds::spike_train: break;
  }
  return observed_.train != nullptr;
}

const SpikeCounts& RunRecord::spikes() {
  if (observed_.spikes != nullptr) return *observed_.spikes;
  return made_once(counted_, [&] { return SpikeCounts(train()); });
}

const statistics::IntervalVariation& RunRecord::intervals() {
  return made_once(intervals_, [&] { return statistics::interval_variation(train()); });
}

std::size_t RunRecord::fano_window() const noexcept { return std::min(options_.fano_window, train().steps()); }

std::span<const double> RunRecord::fano_factors() {
  return made_once(fano_, [&] {
    FanoWindows windows(train().neurons(), train().steps(), fano_window());
    collect(train(), {&windows});
    return ratios(windows);
  });
}

const statistics::PairwiseCorrelation& RunRecord::pairs() {
  return made_once(pairs_, [&] { return statistics::pairwise_correlation(train()); });
}

const Changes& RunRecord::changes() {
  if (!changes_) {
    OfActivity collector(changes_.emplace());
    collect(train(), {&collector});
  }
  return *changes_;
}

bool RunRecord::has_pairs_at_lag() const noexcept {
  constexpr std::size_t pairs = statistics::least("autocorrelation");
  return train().steps() >= pairs && options_.lag <= train().steps() - pairs;
}

std::optional<double> RunRecord::autocorrelation() {
  return made_once(autocorrelation_, [&]() -> std::optional<double> {
    if (!has_pairs_at_lag()) return {};
    LaggedProducts products(train().steps(), options_.lag);
    OfActivity collector(products);
    collect(train(), {&collector});
    return products.result();
  });
}

const AvalancheMeans& RunRecord::avalanches() {
  if (!avalanches_) {
    OfActivity collector(avalanches_.emplace(options_.avalanche_threshold).scan());
    collect(train(), {&collector});
  }
  return *avalanches_;
}

void RunRecord::read_train() {
  const std::size_t neurons = train().neurons();
  NeuronCounts counts(neurons);
  ActivityTotals totals;
  IntervalVariations variations(neurons);
  FanoWindows windows(neurons, train().steps(), fano_window());
  PairCorrelations correlations(train());
  OfActivity of_changes(changes_.emplace());
  std::optional<LaggedProducts> products;
  std::optional<OfActivity> of_products;
  OfActivity of_avalanches(avalanches_.emplace(options_.avalanche_threshold).scan());
  std::vector<Collector*> collectors{&correlations, &variations, &windows,      &counts,
                                     &totals,       &of_changes, &of_avalanches};
  if (has_pairs_at_lag()) {
    of_products.emplace(products.emplace(train().steps(), options_.lag));
    collectors.push_back(&*of_products);
  }
  collect(train(), collectors);
  counted_.emplace(counts.counts(), totals.sums());
  intervals_ = variations.result();
  fano_ = ratios(windows);
  pairs_ = correlations.result();
  autocorrelation_.emplace(products ? products->result() : std::optional<double>());
}

std::span<const double> RunRecord::weights() {
  return made_once(weights_, [&] { return statistics::weights_of(*state().wee); });
}

const std::optional<statistics::LognormalFit>& RunRecord::fit() {
  return made_once(fit_, [&] { return statistics::lognormal_fit(weights(), options_.weight_cutoff); });
}

statistics::Summary summary_of(RunRecord& record) {
  if (record.has(MeasureNeeds::spike_train)) record.read_train();
  std::vector<statistics::Measured> lines;
  for (const Measure& row : measures()) {
    if (record.has(row.needs)) lines.push_back({&row, row.value(record)});
  }
  return statistics::Summary(std::move(lines));
}

std::vector<double> values(std::span<const std::string> names, RunRecord& record) {
  std::vector<double> found;
  for (const std::string& name : names) found.push_back(number(measure_named(name), record));
  return found;
}

std::vector<double> values(std::span<const Measure> rows, RunRecord& record) {
  std::vector<double> found;
  for (const Measure& measure : rows) found.push_back(number(measure, record));
  return found;
}

}  // namespace sorn::analysis
