// How activity carries on: the branching parameter by multistep regression, which a subsample of the units does not
// bias, autocorrelation times, and susceptibility (docs/criticality.md).
//
// Wilting & Priesemann 2018 (doi 10.1038/s41467-018-04725-4); Spitzner et al. 2021 (doi 10.1371/journal.pone.0249447).
#pragma once

#include <sorn/decay.hpp>
#include <sorn/spike_source.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::criticality {

/// The activity of a trial; all trials have equally many bins.
using Trials = std::span<const std::span<const double>>;

/// Whose mean the activity is compared with.
enum class TrialMeans : std::uint8_t {
  common,    ///< that of all trials: right for activity that is stationary over trials, even if these are short
  separate,  ///< that of each trial, whose slopes are then averaged: biased if trials are short
};

struct RegressionOptions {
  std::size_t first_lag = 1;  ///< bins, ≥ 1
  std::size_t last_lag = 0;   ///< at most half of a trial; 0: a tenth of it
  TrialMeans means = TrialMeans::common;
  /// A single trial is divided into so many blocks, as if they were trials, to estimate errors. Less than 2: it is not.
  std::size_t blocks = 20;
  std::size_t repetitions = 200;  ///< samples of trials with replacement, for errors; 0: none
  std::uint64_t seed = 0;         ///< the same seed gives the same samples
};

/// The slopes r_k of the regression of the activity A(t + k) on A(t), for each lag k.
struct LagRegression {
  std::vector<std::size_t> lags;
  std::vector<double> slopes;
  std::size_t trials = 0;  ///< number of trials, or of blocks, that were resampled
  /// The slopes in each sample of the trials, (repetitions, lags); empty if there is a single trial.
  std::vector<double> resampled;
};

/// @throws ShapeError if trials differ in length or are shorter than two bins, StateError for an activity that is not
///   finite, or that does not change, ParameterError for lags that are out of their range
LagRegression multistep_regression(Trials trials, const RegressionOptions& options = {});

/// A value and the limits of its interval.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// The branching parameter of an activity.
struct Branching {
  LagRegression regression;
  std::optional<Decay> decay;      ///< not defined: there is no correlation that decays
  std::optional<Interval> m;       ///< of the branching parameter: it holds 95% of the resampled values
  std::optional<Interval> tau;     ///< of the autocorrelation time in bins
  std::optional<double> one_step;  ///< the slope of lag 1 alone, which a subsample of the units biases
};

Branching branching_parameter(Trials trials, const RegressionOptions& options = {},
                              DecayKind kind = DecayKind::exponential);

/// The autocorrelation ρ(k) of an activity for lags 0 to `last`: the covariance of A(t) and A(t + k), divided by the
/// variance of all. @throws ParameterError if `last` is not below its length, StateError if it does not change
std::vector<double> autocorrelation(std::span<const double> activity, std::size_t last);

/// The integrated autocorrelation time 1/2 + Σ ρ(k) in bins, summed up to the smallest window that is at least five
/// times as long (Sokal 1997, doi 10.1007/978-1-4899-0319-8_6). n bins are worth n/2τ independent ones. Not defined if
/// no window up to half of the activity is long enough. @throws as autocorrelation()
std::optional<double> autocorrelation_time(std::span<const double> activity);

/// Fluctuations of the activity of a population of N units.
struct Susceptibility {
  double chi = 0.0;          ///< N·Var(A/N), where A is the number of spikes in a step
  double independent = 0.0;  ///< what it would be of independent units with the same rates: the mean of p·(1 − p)
  double synchrony = 0.0;  ///< √(chi/(N·independent)): 1 if all units fire together, about 1/√N if independent. Not
                           ///< defined, NaN, if no unit ever changes
};

/// @throws ShapeError if there is no step or no unit
Susceptibility susceptibility(const SpikeSource& source);

}  // namespace sorn::criticality
