#include "runs/sweep_statistics.hpp"

#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <variant>

namespace sorn::runs {

namespace {

constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();
constexpr double lognormal_cutoff = 0.01;  // as `sorn stats` has it

// Those of trains have the names and meanings of statistics::entries(), which has their values.
constexpr std::array<SweepStatistic, 34> table{{
    {"mean_rate", "spikes of an excitatory unit and step", false},
    {"inhibitory_rate", "spikes of an inhibitory unit and step", false},
    {"ee_count", "excitatory synapses after the run", false},
    {"ee_fewest", "excitatory synapses at the fewest, on entry to a step", false},
    {"connection_fraction", "ee_count of all possible synapses", false},
    {"ei_count", "synapses from inhibitory to excitatory units after the run", false},
    {"ie_count", "synapses from excitatory to inhibitory units", false},
    {"mean_weight", "of the excitatory synapses after the run", false},
    {"lognormal_mu", "mean of ln w of a lognormal fit to their weights from 0.01 on", false},
    {"lognormal_sigma", "standard deviation of ln w of that fit", false},
    {"lognormal_ks_distance", "distance of that fit, 0 (perfect) to 1", false},
    {"mean_te", "excitatory thresholds after the run, mean", false},
    {"mean_ti", "inhibitory thresholds, mean", false},
    {"spikes", "spikes of all excitatory units", false},
    {"lowest_rate", "rate of the unit that fires least", true},
    {"highest_rate", "rate of the unit that fires most", true},
    {"silent_neurons", "excitatory units that never fire", true},
    {"isi_cv", "coefficient of variation of interspike intervals, mean over units", true},
    {"isi_lv", "local variation of interspike intervals, mean over units", true},
    {"isi_neurons", "units over which these means are: with two intervals", true},
    {"fano_factor", "variance over mean of spikes in a window, mean over units", true},
    {"fano_neurons", "units over which this mean is: not silent, in two windows", true},
    {"avg_corr_coeff", "mean of the correlation matrix, its diagonal included", true},
    {"pairwise_correlation", "Pearson's, mean over pairs of units", true},
    {"correlated_neurons", "units in these means: neither silent nor always active", true},
    {"synchrony", "chi: 1 if all fire together", true},
    {"spike_source_entropy", "1 if all units fire alike", true},
    {"scale_dependent_smoothness", "deviation of the changes of activity from step to step", true},
    {"scale_independent_smoothness", "the same over their mean", true},
    {"autocorrelation", "of the activity with itself `lag` steps later", true},
    {"branching_ratio", "spikes that follow on a spike, by regression", true},
    {"avalanches", "avalanches that begin and end within the run", true},
    {"mean_avalanche_size", "spikes above the threshold", true},
    {"mean_avalanche_duration", "steps", true},
}};

double mean(std::span<const double> values) {
  if (values.empty()) return not_defined;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double ratio(std::uint64_t spikes, std::uint64_t steps, std::size_t units) {
  if (steps == 0 || units == 0) return not_defined;
  return static_cast<double>(spikes) / static_cast<double>(steps) / static_cast<double>(units);
}

struct Number {
  double operator()(std::monostate) const { return not_defined; }
  double operator()(std::uint64_t value) const { return static_cast<double>(value); }
  double operator()(double value) const { return value; }
};

/// Statistics that several names share, made when the first of them is asked for.
class Shared {
public:
  Shared(const State& state, const SpikeTrain& train, const StatisticsOptions& options)
      : state_(state), train_(train), options_(options) {}

  const std::vector<double>& weights() {
    if (!weights_) weights_ = statistics::weights_of(*state_.wee);
    return *weights_;
  }
  const std::optional<statistics::LognormalFit>& fit() {
    if (!fitted_) fit_ = statistics::lognormal_fit(weights(), lognormal_cutoff);
    fitted_ = true;
    return fit_;
  }
  double of_train(std::string_view name) {
    if (entries_.empty()) {
      entries_ = statistics::entries(statistics::summary(
          train_, {.fano_window = options_.window, .lag = options_.lag, .avalanche_threshold = options_.threshold}));
    }
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const auto& e) { return e.name == name; });
    return std::visit(Number{}, entry->value);
  }

private:
  const State& state_;
  const SpikeTrain& train_;
  const StatisticsOptions& options_;
  std::optional<std::vector<double>> weights_;
  std::optional<statistics::LognormalFit> fit_;
  bool fitted_ = false;
  std::vector<statistics::SummaryEntry> entries_;
};

}  // namespace

std::span<const SweepStatistic> sweep_statistics() { return table; }

const SweepStatistic& sweep_statistic_named(std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const SweepStatistic& s) { return s.name == name; });
  if (found != table.end()) return *found;
  std::array<std::string_view, table.size()> names;
  std::transform(table.begin(), table.end(), names.begin(), [](const SweepStatistic& s) { return s.name; });
  throw_unknown_name("statistic", name, names);
}

StatisticsObserver::StatisticsObserver(std::span<const std::string> names, const StatisticsOptions& options,
                                       std::uint64_t steps, std::size_t ne)
    : names_(names), options_(options) {
  of_trains_ = std::any_of(names.begin(), names.end(),
                           [](const std::string& name) { return sweep_statistic_named(name).of_trains; });
  if (!of_trains_) return;
  const std::uint64_t kept = steps - options.skip;
  const double bytes = static_cast<double>(kept) * static_cast<double>(ne) / 8;
  if (bytes > physical_memory_bytes()) {
    throw ParameterError(formatted("spike trains of {} steps", kept),
                         formatted("would need {:.3g} GB, more than this machine has", bytes / 1e9),
                         "skip more steps, or leave out the statistics that are made from them");
  }
  train_ = SpikeTrain(static_cast<std::size_t>(kept), ne);
}

Observer::Outcome StatisticsObserver::on_step(const StepView& view) {
  if (done_++ < options_.skip) return Outcome::go_on;
  const auto spikes = [](const std::vector<std::uint8_t>& units) {
    return std::accumulate(units.begin(), units.end(), std::uint64_t{0});
  };
  excitatory_spikes_ += spikes(view.state.x);
  inhibitory_spikes_ += spikes(view.state.y);
  fewest_ = std::min(fewest_, view.ee_count);
  if (of_trains_) {
    const auto step = static_cast<std::size_t>(counted_);
    for (std::size_t i = 0; i < view.state.x.size(); ++i) {
      if (view.state.x[i] != 0) train_.set(step, i);
    }
  }
  ++counted_;
  return Outcome::go_on;
}

std::vector<double> StatisticsObserver::values(const State& state) const {
  Shared shared(state, train_, options_);
  const auto value_of = [&](std::string_view name) -> double {
    const SynapseMatrix& wee = *state.wee;
    if (name == "mean_rate") return ratio(excitatory_spikes_, counted_, state.ne());
    if (name == "inhibitory_rate") return ratio(inhibitory_spikes_, counted_, state.ni());
    if (name == "spikes") return static_cast<double>(excitatory_spikes_);
    if (name == "ee_count") return static_cast<double>(wee.synapse_count());
    if (name == "ee_fewest") return static_cast<double>(fewest_);
    if (name == "connection_fraction") {
      return statistics::connection_fraction(wee.synapse_count(), wee.n_pre(), wee.n_post());
    }
    if (name == "ei_count") return static_cast<double>(state.wei->synapse_count());
    if (name == "ie_count") return static_cast<double>(state.wie->synapse_count());
    if (name == "mean_weight") return mean(shared.weights());
    if (name == "lognormal_mu") return shared.fit() ? shared.fit()->mu : not_defined;
    if (name == "lognormal_sigma") return shared.fit() ? shared.fit()->sigma : not_defined;
    if (name == "lognormal_ks_distance") return shared.fit() ? shared.fit()->ks_distance : not_defined;
    if (name == "mean_te") return mean(state.te);
    if (name == "mean_ti") return mean(state.ti);
    return shared.of_train(name);
  };
  std::vector<double> values;
  values.reserve(names_.size());
  for (const std::string& name : names_) values.push_back(value_of(name));
  return values;
}

}  // namespace sorn::runs
