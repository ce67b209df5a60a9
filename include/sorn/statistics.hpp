// Statistics of spike trains, activities and weights, as pure functions. A measure that is not defined (such as the
// Fano factor of a silent neuron) is an empty optional, or NaN in a vector with an entry for each neuron or pair.
// Nothing else is NaN. `least_data` lists how much data each measure needs.
//
// A source of spikes (SpikeSource) is a SpikeTrain in memory, or RecordedSpikes in a file of any size. It is read block
// by block, once or several times; only what a function returns grows with the steps. A value has the same bits for
// both.
//
// Means and variances are those of the population: they divide by the number of values n, not by n − 1.
#pragma once

#include <sorn/measures.hpp>
#include <sorn/spike_source.hpp>
#include <sorn/spike_train.hpp>
#include <sorn/synapses.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sorn::statistics {

// --- How much data a measure needs -----------------------------------------------------------------------------------

/// The least data that a measure needs. With less data it is not defined.
struct LeastData {
  std::string_view measure;
  std::size_t least;
  std::string_view of;     ///< what is counted
  std::string_view where;  ///< a further condition on them; may be empty
};

/// All measures that can be undefined. The rule for the numbers: with less data the value would not depend on the data.
/// One interval has the deviation 0, two steps have the correlation 1 or −1, a single neuron has the synchrony 1.
inline constexpr auto least_data = std::to_array<LeastData>({
    {"scale_dependent_smoothness", 3, "rates", ""},
    {"scale_independent_smoothness", 3, "rates", "that are not all equal"},
    {"autocorrelation", 3, "pairs of rates", "in which both series change"},
    {"isi_cv", 2, "intervals of a neuron", "(three spikes)"},
    {"isi_lv", 2, "intervals of a neuron", "(three spikes)"},
    {"isi_exponential", 3, "different intervals", "within the limits, which do not all occur equally often"},
    {"fano_factor", 2, "windows", "with a spike in one of them"},
    {"fano_regression", 2, "trials", "with a spike in one of them"},
    {"correlation", 3, "steps", "in which both neurons change"},
    {"avg_corr_coeff", 2, "neurons", "that change, in 3 steps"},
    {"pairwise_correlation", 2, "neurons", "that change, in 3 steps"},
    {"synchrony", 2, "neurons", "of which one changes"},
    {"spike_source_entropy", 2, "spikes", "in a network of 2 neurons"},
    {"branching_ratio, mean ratio", 1, "step", "with activity and a successor"},
    {"branching_ratio, regression", 2, "steps", "with successors and different activities"},
    {"mean avalanche size and duration", 1, "avalanche", ""},
    {"derrida_map, slope", 1, "step", "with a difference and a successor"},
    {"lognormal_fit", 2, "weights", "that differ"},
    {"power_law_fit", 2, "values", "that differ"},
    {"standard deviation of steps or replicas", 2, "values", ""},
});

/// The number in the row of a measure. A name without a row does not compile.
consteval std::size_t least(std::string_view measure) {
  for (const LeastData& row : least_data) {
    if (row.measure == measure) return row.least;
  }
  throw "no such measure";
}

// --- Rates -----------------------------------------------------------------------------------------------------------

/// The mean number of spikes of a neuron in `bin_size` steps, from 0 to `bin_size`.
/// @throws ParameterError if the neuron does not exist or the bin is empty or longer than the train, ShapeError if the
///   train has no steps
double firing_rate(const SpikeSource& source, std::size_t neuron, std::size_t bin_size);

/// The number of neurons that fire in each step, steps() values from 0 to neurons().
std::vector<std::int64_t> network_activity(const SpikeSource& source);

/// The standard deviation of the differences between consecutive rates: 0 for a constant slope, and larger for a
/// rougher series. Not defined for fewer than three rates.
std::optional<double> scale_dependent_smoothness(std::span<const double> rates);

/// The standard deviation of the differences between consecutive rates, divided by the absolute value of their mean. It
/// is 0 for a constant slope, and infinite for a series that is not constant but ends with the value with which it
/// began. Not defined for fewer than three rates or for a constant series (0/0).
std::optional<double> scale_independent_smoothness(std::span<const double> rates);

/// Pearson's correlation of a series with itself `lag` steps later, from −1 to 1. Not defined if one of the two is
/// constant. @throws ParameterError if fewer than three pairs remain
std::optional<double> autocorrelation(std::span<const double> rates, std::size_t lag);

// --- Intervals and counts of single neurons --------------------------------------------------------------------------

/// The steps in which a neuron fires, ascending. @throws ParameterError if the neuron does not exist
std::vector<std::int64_t> spike_times(const SpikeSource& source, std::size_t neuron);

/// The numbers of steps between consecutive spikes of a neuron, one fewer than its spikes.
/// @throws ParameterError if the neuron does not exist
std::vector<std::int64_t> interspike_intervals(const SpikeSource& source, std::size_t neuron);

/// The coefficient of variation of intervals: standard deviation / mean. 0 for regular spikes, 1 for a Poisson process.
/// Not defined for fewer than two intervals.
std::optional<double> coefficient_of_variation(std::span<const std::int64_t> intervals);

/// The local variation of intervals, 3/(n−1) · Σ ((Iₖ − Iₖ₊₁)/(Iₖ + Iₖ₊₁))², from 0 (regular) through 1 (Poisson) to 3.
/// It is not raised by slow changes of the rate. Not defined for fewer than two intervals.
/// Shinomoto, Shima & Tanji 2003 (doi 10.1162/089976603322518759).
std::optional<double> local_variation(std::span<const std::int64_t> intervals);

/// Both variations for every neuron; NaN if they are not defined.
struct IntervalVariation {
  std::vector<double> cv;
  std::vector<double> lv;
};
IntervalVariation interval_variation(const SpikeSource& source);

/// An exponential distribution of intervals, as a line in a plot of the logarithm of their numbers.
struct IsiExponential {
  double decay = 0.0;  ///< τ in steps, of a number that falls as exp(−I/τ); infinite for a level line, < 0 if it rises
  double r_squared = 0.0;     ///< of the line, from 0 to 1
  std::size_t intervals = 0;  ///< within the limits
};

/// How often intervals occur.
struct IntervalCounts {
  std::vector<std::int64_t> lengths;  ///< steps, those that occur, ascending
  std::vector<std::int64_t> counts;   ///< of each length
};

/// The intervals of a neuron, or of all neurons together. @throws ParameterError if the neuron does not exist
IntervalCounts interval_counts(const SpikeSource& source, std::optional<std::size_t> neuron = {});

/// The line that fits ln(number of intervals) over the interval by least squares, for the intervals of all neurons
/// together from `shortest` to `longest`. Intervals that do not occur are left out. Not defined if fewer than three
/// occur, or all occur equally often. @throws ParameterError unless 1 ≤ shortest < longest
std::optional<IsiExponential> isi_exponential(const SpikeSource& source, std::int64_t shortest = 5,
                                              std::int64_t longest = 60);

/// Mean and variance of the number of spikes in a window.
struct FanoFactor {
  double mean = 0.0;               ///< spikes in a window
  std::optional<double> variance;  ///< of the number of spikes in a window; not defined for a single window
  std::optional<double> ratio;     ///< variance / mean; 1: Poisson; not defined for a silent neuron either
};

/// The Fano factor of a neuron from consecutive windows of `window` steps; a rest shorter than a window is left out.
/// @throws ParameterError if the neuron does not exist or the window is empty or longer than the train
FanoFactor fano_factor(const SpikeSource& source, std::size_t neuron, std::size_t window);

// --- Bins ------------------------------------------------------------------------------------------------------------

/// A series in bins of some values; the last bin may hold fewer. A whole number has no rounding error.
struct SeriesInBins {
  std::vector<double> lowest;
  std::vector<double> sum;
  std::vector<double> highest;
  double first = 0.0;        ///< value
  double last = 0.0;         ///< value
  double least = 0.0;        ///< the smallest value
  std::size_t least_at = 0;  ///< its first place
};

/// The number of neurons that fire in a step, in bins of `size` steps. @throws ParameterError if the size is 0
SeriesInBins activity_in_bins(const SpikeSource& source, std::size_t size);

/// The spikes of each neuron in bins of `size` steps: (bins, neurons) values, row by row; the last bin may have fewer
/// steps. @throws ParameterError if the size is 0
std::vector<std::int64_t> spikes_in_bins(const SpikeSource& source, std::size_t size);

/// The number of steps in which 0, 1, 2 … neurons() neurons fire.
std::vector<std::int64_t> activity_histogram(const SpikeSource& source);

/// The number of spikes of each neuron.
std::vector<std::int64_t> spike_counts(const SpikeSource& source);

/// All spikes, ordered by step and then by neuron: 16 bytes each.
struct SpikeList {
  std::vector<std::int64_t> steps;
  std::vector<std::int64_t> neurons;
};
SpikeList spike_list(const SpikeSource& source);

// --- Trials ----------------------------------------------------------------------------------------------------------

/// The Fano factor of several units over trials: the slope of the line through the origin of the variance v over the
/// mean m of the number of spikes, Σ w m v / Σ w m² over the units, where a unit has the weight w = 1/(m + 0.001)².
/// `counts` holds (trials, units) values, row by row. Not defined for fewer than two trials or without a spike.
/// Churchland et al. 2010 (doi 10.1038/nn.2501), Hartmann, Lazar, Nessler & Triesch 2015 (doi
/// 10.1371/journal.pcbi.1004640), who multiply all weights by the number of trials, which does not change the slope.
/// @throws ShapeError unless there are units and whole rows, StateError for a number that is negative or not finite
std::optional<double> fano_regression(std::span<const double> counts, std::size_t units);

/// fano_regression() for each offset: each trial is the number of spikes in `window` steps around onset + offset, which
/// begin window/2 (rounded down) steps before it. `units`: the units that count; empty: all. An entry is NaN where it
/// is not defined.
/// @throws ParameterError if a window is empty or reaches beyond the train, or if a unit does not exist
std::vector<double> fano_across_trials(const SpikeSource& source, std::span<const std::int64_t> onsets,
                                       std::span<const std::int64_t> offsets, std::size_t window = 5,
                                       std::span<const std::size_t> units = {});

// --- Patterns --------------------------------------------------------------------------------------------------------

/// For each state the reference that is closest to it.
struct NearestStates {
  std::vector<std::int64_t> reference;  ///< the step of the reference
  std::vector<std::int64_t> distance;   ///< the number of units in which they differ
};

/// For each step of `states` the step of `references` with the smallest Hamming distance. If several are equally close,
/// it is the first of them in an order of the references that is shuffled once by `seed`.
/// @throws ShapeError if they have different numbers of units, or if there is no reference
NearestStates nearest_states(const SpikeSource& states, const SpikeSource& references, std::uint64_t seed = 0);

/// The largest number of units of a pattern.
inline constexpr std::size_t most_pattern_units = 24;

/// How many steps show each of the 2^k patterns of k units: entry Σ 2^i over the active units[i].
/// @throws ParameterError if there are no units or more than `most_pattern_units`, or if one does not exist or comes
///   twice
std::vector<std::int64_t> pattern_histogram(const SpikeSource& source, std::span<const std::size_t> units);

/// The Kullback-Leibler divergence of two distributions of patterns in bits, Σ P log₂(P/Q) ≥ 0, with P the share of
/// p[i] + pseudo_count in their sum and Q that of q[i] + pseudo_count. Without a pseudo-count a pattern that p lacks
/// adds 0, and the result is infinite if q lacks one that p has.
/// @throws ShapeError if p and q have different lengths or none, StateError for a number that is negative or not finite
///   or if all are 0 without a pseudo-count, ParameterError unless the pseudo-count is finite and ≥ 0
double pattern_divergence(std::span<const double> p, std::span<const double> q, double pseudo_count = 1.0);

// --- Neurons together ------------------------------------------------------------------------------------------------

/// Pearson's correlation of all pairs of neurons, (neurons, neurons) row by row, with 1 on the diagonal. The entries of
/// a neuron that never or always fires are NaN, also on the diagonal. With fewer than three steps all entries are NaN.
/// @throws ShapeError if the train has no steps or no neurons
std::vector<double> correlation_matrix(const SpikeSource& source);

/// The mean over the entries of a correlation matrix that are not NaN, including the diagonal. Not defined unless the
/// correlation of at least one pair of different neurons is defined.
std::optional<double> mean_of_matrix(std::span<const double> matrix);

/// Pearson's correlation over the pairs of distinct neurons that neither always nor never fire.
struct PairwiseCorrelation {
  std::optional<double> mean;  ///< not defined for fewer than two such neurons or three steps
  std::size_t neurons = 0;     ///< how many such neurons there are; 0 for fewer than three steps
};

/// Needs one pass over the spikes instead of one for each pair.
PairwiseCorrelation pairwise_correlation(const SpikeSource& source);

/// Synchrony χ: the standard deviation of the mean activity, divided by the root of the mean variance of the neurons. 1
/// if all neurons fire together, about 1/√neurons if they are independent. Not defined if every neuron is constant, or
/// for a single neuron. Golomb & Rinzel 1993 (doi 10.1103/PhysRevE.48.4810), Golomb 2007 (doi
/// 10.4249/scholarpedia.1347).
std::optional<double> synchrony(const SpikeSource& source);

/// The uncertainty about the neuron from which a spike comes, −Σ p ln p / ln(sources), with p the neuron's share of all
/// spikes and 0 · ln 0 = 0: from 0 (one neuron fires) to 1 (all `sources` fire equally often). Not defined for fewer
/// than two spikes or a single source, for which there is no uncertainty. @throws ParameterError if `sources` is 0
std::optional<double> spike_source_entropy(const SpikeSource& source, std::size_t sources);

/// How to estimate the number of spikes that follow one spike.
enum class BranchingEstimator : std::uint8_t {
  mean_ratio,  ///< the mean of A(t+1)/A(t) over the steps with A(t) > 0; Beggs & Plenz 2003
  regression,  ///< the slope of A(t+1) over A(t), not biased by external input; Wilting & Priesemann 2018
};

/// The branching ratio of a network activity A ≥ 0. Below 1 the activity dies out, above 1 it grows. Not defined if no
/// step with activity has a successor (mean_ratio) or if the activity does not change (regression). doi
/// 10.1523/JNEUROSCI.23-35-11167.2003, 10.1038/s41467-018-04725-4.
std::optional<double> branching_ratio(std::span<const double> activity, BranchingEstimator estimator);

/// The same for the number of neurons that fire in each step.
std::optional<double> branching_ratio(const SpikeSource& source, BranchingEstimator estimator);

/// Periods in which activity stays above a threshold θ.
struct Avalanches {
  double threshold = 0.0;
  std::vector<double> sizes;            ///< Σ (A(t) − θ) over the steps of an avalanche, > 0
  std::vector<std::int64_t> durations;  ///< steps, ≥ 1
};

/// The neuronal avalanches of a network activity: every sequence of steps with A(t) > θ that begins and ends within the
/// train. A sequence that includes the first or the last step is left out, because its size is not known. θ is half the
/// mean activity unless given. The size is the sum of the activity above θ; the sum of all activity would distort the
/// distribution of sizes (Villegas, di Santo, Burioni & Muñoz 2019, doi 10.1103/PhysRevE.100.012133).
/// @throws ParameterError if the threshold is negative or not finite, ShapeError if there is no step
Avalanches avalanches(std::span<const double> activity, std::optional<double> threshold = {});

/// The same for the number of neurons that fire in each step.
Avalanches avalanches(const SpikeSource& source, std::optional<double> threshold = {});

// --- Two runs --------------------------------------------------------------------------------------------------------

/// The number of neurons whose activity differs in each step. @throws ShapeError if the trains have different shapes
std::vector<std::int64_t> hamming_distance(const SpikeSource& actual, const SpikeSource& perturbed);

/// The distance between two runs in numbers.
struct Divergence {
  double mean = 0.0;            ///< neurons that differ in a step
  std::int64_t largest = 0;     ///< the same at most
  std::int64_t last = 0;        ///< in the last step
  std::optional<double> slope;  ///< of derrida_map(); not defined for runs that are equal
};

/// The same distances in memory that does not grow with the runs. @throws as hamming_distance()
Divergence divergence(const SpikeSource& actual, const SpikeSource& perturbed);

/// How a difference between two runs develops from one step to the next.
struct DerridaMap {
  std::vector<double> distance;       ///< shares of neurons that differ: each value that occurs, ascending
  std::vector<double> next_distance;  ///< the mean share one step later
  std::vector<std::int64_t> samples;  ///< number of steps with this share
  std::optional<double> slope;  ///< least-squares line through the origin: > 1 differences grow (chaos), < 1 shrink
  bool operator==(const DerridaMap&) const = default;
};

/// The Derrida map of two runs, from the distance in each step except the last to the distance in the next step.
/// Derrida & Pomeau 1986 (doi 10.1209/0295-5075/1/2/001).
/// @throws ShapeError if the trains have different shapes or fewer than two steps
DerridaMap derrida_map(const SpikeSource& actual, const SpikeSource& perturbed);

/// The sum of |a − b| over all pairs of units, where a pair without a synapse has the weight 0.
/// @throws ShapeError if the matrices have different shapes
double weight_distance(const SynapseMatrix& a, const SynapseMatrix& b);

/// The number of pairs of units that have a synapse in one of the matrices and none in the other.
/// @throws ShapeError if the matrices have different shapes
std::int64_t differing_synapses(const SynapseMatrix& a, const SynapseMatrix& b);

// --- Weights ---------------------------------------------------------------------------------------------------------

/// The number of synapses divided by the number of possible synapses, 0 to 1. Possible are all ordered pairs, without
/// self-connections if the matrix is square.
double connection_fraction(std::size_t synapses, std::size_t n_pre, std::size_t n_post);

/// The smallest weight that is fitted. Weaker synapses are about to vanish, and are left out.
inline constexpr double smallest_fitted_weight = 0.01;

/// The lognormal distribution that fits weights best.
struct LognormalFit {
  double mu = 0.0;           ///< mean of ln w
  double sigma = 0.0;        ///< standard deviation of ln w, > 0
  std::size_t samples = 0;   ///< weights that were fitted
  double ks_distance = 0.0;  ///< largest distance of the two cumulative distributions, 0 (perfect) to 1
};

/// Fits the weights ≥ `cutoff` by maximum likelihood. Not defined if fewer than two of them differ.
/// @throws StateError if a weight is not finite, ParameterError unless the cutoff is finite and > 0
std::optional<LognormalFit> lognormal_fit(std::span<const double> weights, double cutoff = smallest_fitted_weight);

/// All weights of a matrix, column by column.
std::vector<double> weights_of(const SynapseMatrix& matrix);

// --- All at once -----------------------------------------------------------------------------------------------------

/// The settings of a summary.
struct SummaryOptions {
  std::size_t fano_window = 100;                   ///< steps, ≥ 1; the whole train if it is shorter
  std::size_t lag = 2;                             ///< of the autocorrelation, in steps
  std::optional<double> avalanche_threshold = {};  ///< in spikes a step, ≥ 0; half the mean activity unless given
  double weight_cutoff = smallest_fitted_weight;   ///< of the lognormal fit
};

/// A measure and its value, empty if it is not defined.
struct Measured {
  const Measure* measure;
  std::optional<double> value;
  bool operator==(const Measured&) const = default;
};

/// Measures of one run, in the order of the table.
class Summary {
public:
  explicit Summary(std::vector<Measured> lines) : lines_(std::move(lines)) {}

  std::span<const Measured> lines() const noexcept { return lines_; }
  /// The value of a measure. @throws UnknownNameError if it is none of these
  std::optional<double> operator[](std::string_view name) const;

  bool operator==(const Summary&) const = default;

private:
  std::vector<Measured> lines_;
};

/// All measures that need only a spike train. A mean over neurons is over those for which the measure is defined; the
/// measure after it says how many these are.
/// @throws ShapeError if the train has no steps or no neurons, ParameterError for a wrong window or threshold
Summary summary(const SpikeSource& source, const SummaryOptions& options = {});

}  // namespace sorn::statistics
