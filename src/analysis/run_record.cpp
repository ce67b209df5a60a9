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
  return made_once(counted_, [&] { return SpikeCounts(train(), activity()); });
}

std::span<const double> RunRecord::activity() {
  return made_once(activity_, [&] {
    const std::vector<std::int64_t> counts = statistics::network_activity(train());
    return std::vector<double>(counts.begin(), counts.end());
  });
}

const statistics::IntervalVariation& RunRecord::intervals() {
  return made_once(intervals_, [&] { return statistics::interval_variation(train()); });
}

std::size_t RunRecord::fano_window() const noexcept { return std::min(options_.fano_window, train().steps()); }

const MeanOfDefined& RunRecord::fano() {
  return made_once(fano_, [&] {
    std::vector<double> factors;
    for (std::size_t i = 0; i < train().neurons(); ++i) {
      if (const auto ratio = statistics::fano_factor(train(), i, fano_window()).ratio) factors.push_back(*ratio);
    }
    return mean_of_defined(factors);
  });
}

const statistics::PairwiseCorrelation& RunRecord::pairs() {
  return made_once(pairs_, [&] { return statistics::pairwise_correlation(train()); });
}

const statistics::Avalanches& RunRecord::avalanches() {
  return made_once(avalanches_, [&] { return statistics::avalanches(activity(), options_.avalanche_threshold); });
}

std::span<const double> RunRecord::weights() {
  return made_once(weights_, [&] { return statistics::weights_of(*state().wee); });
}

const std::optional<statistics::LognormalFit>& RunRecord::fit() {
  return made_once(fit_, [&] { return statistics::lognormal_fit(weights(), options_.weight_cutoff); });
}

statistics::Summary summary_of(RunRecord& record) {
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
