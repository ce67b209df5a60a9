#include <sorn/measures.hpp>

#include "analysis/run_record.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"
#include "support/names.hpp"
#include "support/rows.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>

namespace sorn {

namespace {

using analysis::RunRecord;
using Value = std::optional<double>;

Value count(std::uint64_t number) { return static_cast<double>(number); }

Value mean(std::span<const double> values) { return analysis::mean_of_defined(values).value; }

/// The rate of the unit that is first when the units are ordered by their spikes.
template <class Before>
Value rate_of(RunRecord& record, Before&& before) {
  const analysis::SpikeCounts& spikes = record.spikes();
  if (spikes.units() == 0 || spikes.activity().steps() == 0) return {};
  std::uint64_t best = spikes[0];
  for (std::size_t i = 1; i < spikes.units(); ++i) best = before(spikes[i], best) ? spikes[i] : best;
  return static_cast<double>(best) / static_cast<double>(spikes.activity().steps());
}

Value silent_neurons(RunRecord& record) {
  std::uint64_t silent = 0;
  for (std::size_t i = 0; i < record.spikes().units(); ++i) silent += record.spikes()[i] == 0 ? 1 : 0;
  return count(silent);
}

/// The mean of the whole matrix follows from the mean over pairs, because the diagonal is 1.
Value avg_corr_coeff(RunRecord& record) {
  const statistics::PairwiseCorrelation& pairs = record.pairs();
  if (!pairs.mean) return {};
  const auto varying = static_cast<double>(pairs.neurons);
  return (*pairs.mean * varying * (varying - 1.0) + varying) / (varying * varying);
}

Value connection_fraction(RunRecord& record) {
  const SynapseMatrix& wee = *record.state().wee;
  return statistics::connection_fraction(wee.synapse_count(), wee.n_pre(), wee.n_post());
}

constexpr auto whole = MeasureKind::count;
constexpr auto real = MeasureKind::real;
constexpr bool headline = true;
constexpr bool detail = false;
using enum MeasureNeeds;
using enum MeasureGroup;

constexpr auto table = std::to_array<Measure>({
    {"spikes", "Spikes", "number of spikes of all neurons", "spikes", whole, spike_counts, activity, detail,
     [](RunRecord& r) { return count(r.spikes().activity().sum()); }},
    {"mean_rate", "Mean rate", "mean over neurons", "spikes per neuron and step", real, spike_counts, activity,
     headline, [](RunRecord& r) { return r.spikes().mean_rate(); }},
    {"inhibitory_rate", "Inhibitory rate", "mean over inhibitory neurons", "spikes per neuron and step", real,
     inhibitory_spikes, activity, headline, [](RunRecord& r) { return r.inhibitory_rate(); }},
    {"lowest_rate", "Slowest neuron", "rate of the neuron that fires least", "spikes per step", real, spike_counts,
     activity, headline, [](RunRecord& r) { return rate_of(r, std::less<>()); }},
    {"highest_rate", "Fastest neuron", "rate of the neuron that fires most", "spikes per step", real, spike_counts,
     activity, headline, [](RunRecord& r) { return rate_of(r, std::greater<>()); }},
    {"silent_neurons", "Silent neurons", "number of neurons that never fire", "neurons", whole, spike_counts, activity,
     headline, silent_neurons},
    {"activity_sd", "Deviation of activity", "standard deviation of the number of neurons that fire in a step",
     "spikes per step", real, spike_counts, activity, detail,
     [](RunRecord& r) { return r.spikes().activity().deviation(); }},
    {"synchrony", "Synchrony χ", "1 if all neurons fire together, about 1/sqrt(neurons) if they are independent", "",
     real, spike_counts, activity, headline, [](RunRecord& r) { return r.spikes().synchrony(); }},
    {"spike_source_entropy", "Source entropy", "1 if all neurons fire equally often, 0 if only one fires", "", real,
     spike_counts, activity, headline, [](RunRecord& r) { return r.spikes().source_entropy(r.spikes().units()); }},
    {"branching_ratio", "Branching ratio", "spikes that follow one spike, by regression; below 1 activity dies out", "",
     real, spike_counts, timing, headline, [](RunRecord& r) { return r.spikes().activity().branching_ratio(); }},
    {"ee_first",
     "E → E at first",
     "E->E synapses on entry to the first step",
     "synapses",
     whole,
     synapse_counts,
     synapses,
     headline,
     [](RunRecord& r) { return count(r.synapses().first); },
     {"connections_first", "first"}},
    {"ee_fewest",
     "E → E at the fewest",
     "E->E synapses on entry to the step with the fewest",
     "synapses",
     whole,
     synapse_counts,
     synapses,
     headline,
     [](RunRecord& r) { return count(r.synapses().fewest); },
     {"connections_fewest", "fewest"}},
    {"ee_synapses",
     "E → E at the end",
     "E->E synapses after the run",
     "synapses",
     whole,
     state,
     synapses,
     headline,
     [](RunRecord& r) { return count(r.state().wee->synapse_count()); },
     {"ee_count", "connections_last", "synapses"}},
    {"ei_synapses",
     "I → E at the end",
     "I->E synapses after the run",
     "synapses",
     whole,
     state,
     synapses,
     headline,
     [](RunRecord& r) { return count(r.state().wei->synapse_count()); },
     {"ei_count"}},
    {"ie_synapses",
     "E → I at the end",
     "E->I synapses after the run",
     "synapses",
     whole,
     state,
     synapses,
     detail,
     [](RunRecord& r) { return count(r.state().wie->synapse_count()); },
     {"ie_count"}},
    {"connection_fraction", "Fraction of E → E", "ee_synapses divided by the number of ordered pairs of neurons", "",
     real, state, synapses, headline, connection_fraction},
    {"mean_weight", "Mean weight", "mean weight of the E->E synapses after the run", "", real, state, weights, detail,
     [](RunRecord& r) { return mean(r.weights()); }},
    {"lognormal_mu", "Lognormal μ", "mean of ln w in a lognormal fit to the E->E weights", "", real, state, weights,
     headline, [](RunRecord& r) { return r.fit() ? Value(r.fit()->mu) : Value(); }},
    {"lognormal_sigma", "Lognormal σ", "standard deviation of ln w in the lognormal fit", "", real, state, weights,
     headline, [](RunRecord& r) { return r.fit() ? Value(r.fit()->sigma) : Value(); }},
    {"lognormal_ks_distance",
     "KS distance",
     "distance between the lognormal fit and the weights, 0 (perfect) to 1",
     "",
     real,
     state,
     weights,
     headline,
     [](RunRecord& r) { return r.fit() ? Value(r.fit()->ks_distance) : Value(); },
     {"ks_distance"}},
    {"lognormal_samples",
     "Fitted weights",
     "number of synapses strong enough for the lognormal fit",
     "synapses",
     whole,
     state,
     weights,
     headline,
     [](RunRecord& r) { return count(r.fit() ? r.fit()->samples : 0); },
     {"lognormal_count"}},
    {"mean_te", "Mean excitatory threshold", "mean excitatory threshold after the run", "", real, state, thresholds,
     detail, [](RunRecord& r) { return mean(r.state().te); }},
    {"mean_ti", "Mean inhibitory threshold", "mean inhibitory threshold after the run", "", real, state, thresholds,
     detail, [](RunRecord& r) { return mean(r.state().ti); }},
    // Those that need a spike train come last.
    {"steps", "Steps", "number of steps that were measured", "steps", whole, spike_train, activity, detail,
     [](RunRecord& r) { return count(r.train().steps()); }},
    {"neurons", "Neurons", "number of neurons that were measured", "neurons", whole, spike_train, activity, detail,
     [](RunRecord& r) { return count(r.train().neurons()); }},
    {"pairwise_correlation", "Pair correlation", "Pearson correlation, mean over pairs of neurons", "", real,
     spike_train, activity, headline, [](RunRecord& r) { return r.pairs().mean; }},
    {"avg_corr_coeff", "Matrix correlation", "Pearson correlation, mean of the whole matrix with its diagonal", "",
     real, spike_train, activity, detail, avg_corr_coeff},
    {"correlated_neurons", "Correlated neurons", "number of neurons in these means: neither silent nor always active",
     "neurons", whole, spike_train, activity, detail, [](RunRecord& r) { return count(r.pairs().neurons); }},
    {"isi_cv", "ISI variation CV", "coefficient of variation of intervals, mean over neurons; regular: 0, Poisson: 1",
     "", real, spike_train, timing, headline, [](RunRecord& r) { return mean(r.intervals().cv); }},
    {"isi_lv", "Local variation LV",
     "local variation of intervals, mean over neurons; like CV, but ignores slow changes", "", real, spike_train,
     timing, headline, [](RunRecord& r) { return mean(r.intervals().lv); }},
    {"isi_neurons", "Neurons with intervals", "number of neurons in the means of CV and LV: those with two intervals",
     "neurons", whole, spike_train, timing, detail,
     [](RunRecord& r) { return count(analysis::mean_of_defined(r.intervals().cv).count); }},
    {"fano_factor", "Fano factor", "variance / mean of the spikes in a window, mean over neurons; Poisson: 1", "", real,
     spike_train, timing, headline, [](RunRecord& r) { return mean(r.fano_factors()); }},
    {"fano_neurons", "Neurons in windows",
     "number of neurons in the mean of the Fano factor: not silent, with two windows", "neurons", whole, spike_train,
     timing, detail, [](RunRecord& r) { return count(analysis::mean_of_defined(r.fano_factors()).count); }},
    {"fano_window", "Window", "steps in a window of the Fano factor", "steps", whole, spike_train, timing, detail,
     [](RunRecord& r) { return count(r.fano_window()); }},
    {"scale_dependent_smoothness", "Roughness", "standard deviation of the change of activity per step",
     "spikes per step", real, spike_train, timing, detail,
     [](RunRecord& r) { return r.changes().scale_dependent_smoothness(); }},
    {"scale_independent_smoothness", "Relative roughness",
     "scale_dependent_smoothness divided by the size of the mean change", "", real, spike_train, timing, detail,
     [](RunRecord& r) { return r.changes().scale_independent_smoothness(); }},
    {"autocorrelation", "Autocorrelation", "correlation of the activity with itself some steps later", "", real,
     spike_train, timing, detail, [](RunRecord& r) { return r.autocorrelation(); }},
    {"autocorrelation_lag", "Lag", "lag of the autocorrelation in steps", "steps", whole, spike_train, timing, detail,
     [](RunRecord& r) { return count(r.options().lag); }},
    {"avalanche_threshold", "Avalanche threshold", "activity above which an avalanche lasts", "spikes per step", real,
     spike_train, timing, detail, [](RunRecord& r) { return Value(r.avalanches().threshold()); }},
    {"avalanches", "Avalanches", "number of avalanches that begin and end within the run", "avalanches", whole,
     spike_train, timing, headline, [](RunRecord& r) { return count(r.avalanches().count()); }},
    {"mean_avalanche_size", "Avalanche size", "mean size of avalanches: spikes above the threshold", "spikes", real,
     spike_train, timing, detail, [](RunRecord& r) { return r.avalanches().mean_size(); }},
    {"mean_avalanche_duration", "Avalanche duration", "mean duration of avalanches", "steps", real, spike_train, timing,
     detail, [](RunRecord& r) { return r.avalanches().mean_duration(); }},
});

constexpr bool needs_train(const Measure& measure) { return measure.needs == spike_train; }
constexpr auto trains_begin = std::find_if(table.begin(), table.end(), needs_train);
static_assert(std::all_of(trains_begin, table.end(), needs_train), "those that need a spike train come last");
static_assert(distinct(table, &Measure::name), "two measures have the same name");

}  // namespace

std::span<const Measure> measures() noexcept { return table; }

std::span<const Measure> measures_without_train() noexcept { return {table.begin(), trains_begin}; }

std::vector<std::string> measure_names() {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const Measure& row : table) names.emplace_back(row.name);
  return names;
}

const Measure& measure_named(std::string_view name) {
  for (const Measure& row : table) {
    if (row.name == name) return row;
  }
  for (const Measure& row : table) {
    if (!name.empty() && std::find(row.aliases.begin(), row.aliases.end(), name) != row.aliases.end()) return row;
  }
  std::array<std::string_view, table.size()> names;
  std::transform(table.begin(), table.end(), names.begin(), [](const Measure& row) { return row.name; });
  throw_unknown_name("statistic", name, names);
}

std::string_view name(MeasureNeeds needs) noexcept {
  constexpr std::array<std::string_view, 5> names{"state", "synapse counts", "inhibitory spikes", "spike counts",
                                                  "spike train"};
  return names[static_cast<std::size_t>(needs)];
}

std::string_view name(MeasureKind kind) noexcept { return kind == MeasureKind::count ? "count" : "real"; }

std::string_view name(MeasureGroup group) noexcept {
  constexpr std::array<std::string_view, 5> names{"activity", "timing", "synapses", "weights", "thresholds"};
  return names[static_cast<std::size_t>(group)];
}

std::string text(const Measure& measure) {
  if (measure.unit.empty() || measure.kind == MeasureKind::count) return std::string(measure.meaning);
  return formatted("{}, {}", measure.meaning, measure.unit);
}

namespace statistics {

std::optional<double> Summary::operator[](std::string_view name) const {
  const Measure& wanted = measure_named(name);
  const auto found =
      std::find_if(lines_.begin(), lines_.end(), [&](const Measured& l) { return l.measure == &wanted; });
  if (found != lines_.end()) return found->value;
  throw UnknownNameError(formatted("statistic '{}'", name), "is not among these, which are of what was recorded");
}

Summary summary(const SpikeSource& source, const SummaryOptions& options) {
  analysis::RunRecord record({.train = &source}, options);
  return analysis::summary_of(record);
}

}  // namespace statistics

}  // namespace sorn
