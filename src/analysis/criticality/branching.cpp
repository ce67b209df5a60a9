#include "analysis/collectors.hpp"
#include "analysis/criticality/lagged.hpp"
#include "analysis/quantiles.hpp"
#include "analysis/spikes.hpp"
#include "analysis/sums.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"

#include <sorn/branching.hpp>
#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace sorn::criticality {

namespace {

using analysis::Sum;

// --- Regression

/// What a trial contributes to the regression for a lag: means over the pairs of bins, of the activity less the mean of
/// all.
struct LagMeans {
  double early = 0.0;    // of A(t)
  double late = 0.0;     // of A(t + k)
  double square = 0.0;   // of A(t)²
  double product = 0.0;  // of A(t)·A(t + k)
};

/// Sums of the values before each place.
std::vector<double> running_sums(std::span<const double> values, bool squares) {
  std::vector<double> sums(values.size() + 1);
  Sum sum;
  for (std::size_t t = 0; t < values.size(); ++t) {
    sum.add(squares ? values[t] * values[t] : values[t]);
    sums[t + 1] = sum.value();
  }
  return sums;
}

std::vector<LagMeans> lag_means(std::span<const double> activity, double centre, std::size_t first, std::size_t last) {
  std::vector<double> a(activity.begin(), activity.end());
  for (double& value : a) value -= centre;
  const std::vector<double> sums = running_sums(a, false);
  const std::vector<double> squares = running_sums(a, true);
  const std::vector<double> products = lagged_products(a, first, last);
  std::vector<LagMeans> means;
  means.reserve(products.size());
  const std::size_t n = a.size();
  for (std::size_t k = first; k <= last; ++k) {
    const auto pairs = static_cast<double>(n - k);
    means.push_back(
        {sums[n - k] / pairs, (sums[n] - sums[k]) / pairs, squares[n - k] / pairs, products[k - first] / pairs});
  }
  return means;
}

/// The slope for one lag, from the trials chosen; not finite if the activity does not change.
template <class Of>
double slope(std::size_t chosen, TrialMeans means, Of&& of) {
  const auto n = static_cast<double>(chosen);
  if (means == TrialMeans::separate) {
    Sum slopes;
    for (std::size_t i = 0; i < chosen; ++i) {
      const LagMeans& m = of(i);
      slopes.add((m.product - m.early * m.late) / (m.square - m.early * m.early));
    }
    return slopes.value() / n;
  }
  Sum early;
  Sum late;
  Sum square;
  Sum product;
  for (std::size_t i = 0; i < chosen; ++i) {
    const LagMeans& m = of(i);
    early.add(m.early);
    late.add(m.late);
    square.add(m.square);
    product.add(m.product);
  }
  const double x = early.value() / n;
  return (product.value() / n - x * (late.value() / n)) / (square.value() / n - x * x);
}

double checked_mean(Trials trials) {
  Sum sum;
  bool changes = false;
  for (const auto trial : trials) {
    if (trial.size() != trials[0].size()) {
      throw ShapeError(formatted("trials of {} and of {} bins", trials[0].size(), trial.size()),
                       "must be of equal length");
    }
    for (const double value : trial) {
      if (!std::isfinite(value)) throw StateError(formatted("an activity of {}", value), "must be a finite number");
      changes = changes || value != trials[0][0];
      sum.add(value);
    }
  }
  if (!changes) throw StateError("an activity that does not change", "must change to be correlated");
  return sum.value() / static_cast<double>(trials.size() * trials[0].size());
}

std::size_t last_lag_of(std::size_t bins, const RegressionOptions& options) {
  if (bins < 2) throw ShapeError(formatted("trials of {} bins", bins), "must have at least 2");
  const std::size_t last = options.last_lag > 0 ? options.last_lag : std::max<std::size_t>(bins / 10, 1);
  if (options.first_lag < 1 || options.first_lag > last || last > bins / 2) {
    throw ParameterError(formatted("lags from {} to {}", options.first_lag, last),
                         formatted("must be from 1 to {}, half of a trial, in ascending order", bins / 2));
  }
  return last;
}

/// The blocks of a single trial that are at least twice as long as the last lag; or the trials themselves.
std::vector<std::span<const double>> parts_of(Trials trials, std::size_t last, std::size_t blocks) {
  if (trials.size() > 1 || blocks < 2) return {trials.begin(), trials.end()};
  const std::size_t possible = std::min(blocks, trials[0].size() / (2 * last));
  if (possible < 2) return {trials.begin(), trials.end()};
  const std::size_t length = trials[0].size() / possible;
  std::vector<std::span<const double>> parts;
  parts.reserve(possible);
  for (std::size_t k = 0; k < possible; ++k) parts.push_back(trials[0].subspan(k * length, length));
  return parts;
}

}  // namespace

LagRegression multistep_regression(Trials trials, const RegressionOptions& options) {
  if (trials.empty()) throw ShapeError("no trials", "must be at least one");
  const std::size_t last = last_lag_of(trials[0].size(), options);
  const double centre = checked_mean(trials);
  LagRegression found;
  found.lags.resize(last - options.first_lag + 1);
  std::iota(found.lags.begin(), found.lags.end(), options.first_lag);
  const auto means_of = [&](std::span<const std::span<const double>> parts) {
    std::vector<std::vector<LagMeans>> means;
    for (const auto part : parts) means.push_back(lag_means(part, centre, options.first_lag, last));
    return means;
  };
  const auto slopes_of = [&](const auto& means, std::size_t chosen, auto&& choice, std::vector<double>& slopes) {
    for (std::size_t k = 0; k < found.lags.size(); ++k) {
      slopes.push_back(
          slope(chosen, options.means, [&](std::size_t i) -> const LagMeans& { return means[choice(i)][k]; }));
    }
  };
  const auto whole = means_of(trials);
  slopes_of(
      whole, whole.size(), [](std::size_t i) { return i; }, found.slopes);
  for (const double value : found.slopes) {
    if (!std::isfinite(value)) {
      throw StateError("an activity that does not change within a lag of an end of a trial",
                       "must change there to be correlated");
    }
  }
  const auto parts = parts_of(trials, last, options.blocks);
  found.trials = parts.size();
  if (parts.size() < 2 || options.repetitions == 0) return found;
  const auto resampled = parts.size() == trials.size() ? whole : means_of(parts);
  for (std::size_t repetition = 0; repetition < options.repetitions; ++repetition) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::uint64_t word =
          kernels::random_word(options.seed, kernels::Stream::resample, repetition, static_cast<std::uint32_t>(i));
      chosen.push_back(static_cast<std::size_t>(kernels::below(parts.size(), word)));
    }
    slopes_of(
        resampled, chosen.size(), [&](std::size_t i) { return chosen[i]; }, found.resampled);
  }
  return found;
}

Branching branching_parameter(Trials trials, const RegressionOptions& options, DecayKind kind) {
  Branching found{.regression = multistep_regression(trials, options), .decay = {}, .m = {}, .tau = {}, .one_step = {}};
  const LagRegression& regression = found.regression;
  if (regression.lags.front() == 1) found.one_step = regression.slopes.front();
  found.decay = fit_decay(regression.lags, regression.slopes, kind);
  std::vector<double> rates;  // 1/τ of each sample
  const std::span resampled(regression.resampled);
  const std::size_t width = regression.lags.size();
  for (std::size_t begin = 0; begin < resampled.size(); begin += width) {
    const Decay* const near = found.decay ? &*found.decay : nullptr;
    const auto decay = fit_decay(regression.lags, resampled.subspan(begin, width), kind, near);
    if (decay) rates.push_back(1.0 / decay->tau());
  }
  constexpr std::size_t least = 20;
  if (!found.decay || rates.size() < least) return found;
  constexpr double share = 0.95;
  const auto [slow, fast] = analysis::central_share(std::move(rates), share);
  found.m = {std::exp(-fast), std::exp(-slow)};
  found.tau = {1.0 / fast, 1.0 / slow};
  return found;
}

// --- Autocorrelation

std::vector<double> autocorrelation(std::span<const double> activity, std::size_t last) {
  if (last >= activity.size()) {
    throw ParameterError(formatted("lags up to {}", last), formatted("must be below the {} bins", activity.size()));
  }
  const std::span<const double> trials[] = {activity};
  const double centre = checked_mean(trials);
  std::vector<double> a(activity.begin(), activity.end());
  for (double& value : a) value -= centre;
  std::vector<double> found = lagged_products(a, 0, last);
  const double variance = found[0];
  for (double& value : found) value /= variance;
  return found;
}

std::optional<double> autocorrelation_time(std::span<const double> activity) {
  constexpr double windows = 5.0;
  constexpr std::size_t first = 64;
  for (std::size_t last = std::min(first, activity.size() / 2);; last = std::min(2 * last, activity.size() / 2)) {
    const std::vector<double> rho = autocorrelation(activity, last);
    double time = 0.5;
    for (std::size_t window = 1; window < rho.size(); ++window) {
      time += rho[window];
      if (static_cast<double>(window) >= windows * time) return time;
    }
    if (last >= activity.size() / 2) return {};
  }
}

namespace {

/// The variance of a series.
class Variance final : public analysis::SeriesCollector {
public:
  void add(std::span<const double> values) override {
    for (const double value : values) {
      if (again_) {
        moments_.spread(value);
      } else {
        moments_.count(value);
      }
    }
  }
  bool end_pass() override {
    if (again_) return false;
    moments_.close();
    again_ = true;
    return true;
  }
  double result() const noexcept { return moments_.result().variance; }

private:
  analysis::MomentSums moments_;
  bool again_ = false;
};

}  // namespace

Susceptibility susceptibility(const SpikeSource& source) {
  analysis::require_content(source);
  Variance variance;
  analysis::OfActivity of_variance(variance);
  analysis::NeuronCounts counts(source.neurons());
  analysis::collect(source, {&of_variance, &counts});
  const auto units = static_cast<double>(source.neurons());
  const auto steps = static_cast<double>(source.steps());
  Sum independent;
  for (const std::uint64_t count : counts.counts()) {
    const double p = static_cast<double>(count) / steps;
    independent.add(p * (1.0 - p));
  }
  Susceptibility found{.chi = variance.result() / units, .independent = independent.value() / units};
  found.synchrony = std::sqrt(found.chi / (units * found.independent));
  return found;
}

}  // namespace sorn::criticality
