// Heavy-tailed distributions, as of the sizes and durations of neuronal avalanches: fits by maximum likelihood, how
// good they are, and which distribution fits better (docs/criticality.md). The data may come from anywhere.
//
// Clauset, Shalizi & Newman 2009 (doi 10.1137/070710111); Vuong 1989 (doi 10.2307/1912557).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::criticality {

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

// --- Data ------------------------------------------------------------------------------------------------------------

/// Positive numbers in ascending order, equal ones together. A discrete sample consists of whole numbers by nature.
class Sample {
public:
  /// @param discrete  unset: whether all values are whole numbers up to 2^53
  /// @throws StateError if there is no value, if one is not finite and positive, or not whole in a discrete sample
  explicit Sample(std::span<const double> values, std::optional<bool> discrete = {});

  /// A sample of different values, ascending, and how often each occurs; those that never do are left out.
  /// @throws StateError as above, or if the values do not ascend, ShapeError if the numbers of both differ
  Sample(std::span<const double> values, std::span<const std::size_t> counts, bool discrete);

  bool discrete() const noexcept { return discrete_; }
  std::size_t size() const noexcept { return below_.back(); }
  /// The different values, ascending.
  std::span<const double> distinct() const noexcept { return distinct_; }
  /// The number of values below distinct()[k], for each k; and, as a last entry, the number of all values.
  std::span<const std::size_t> below() const noexcept { return below_; }
  std::size_t count(std::size_t k) const noexcept { return below_[k + 1] - below_[k]; }

private:
  std::vector<double> distinct_;
  std::vector<std::size_t> below_{0};
  bool discrete_ = false;
};

// --- Distributions ---------------------------------------------------------------------------------------------------

/// Distributions of x from xmin to xmax. Of discrete samples x is a whole number, and p(x) is proportional to the same
/// expression.
enum class Family : std::uint8_t {
  power_law,              ///< p ∝ x^−α
  truncated_power_law,    ///< p ∝ x^−α·exp(−λx): a power law with an exponential cut-off
  lognormal,              ///< p ∝ exp(−(ln x − μ)²/2σ²)/x
  exponential,            ///< p ∝ exp(−λx)
  stretched_exponential,  ///< p ∝ x^(β−1)·exp(−λx^β)
};
inline constexpr std::size_t family_count = 5;

/// Its name, as all interfaces take it.
std::string_view name(Family family) noexcept;
/// @throws UnknownNameError
Family family_named(std::string_view text);
/// The names of its parameters: alpha; alpha, lambda; mu, sigma; lambda; lambda, beta.
std::span<const std::string_view> parameter_names(Family family) noexcept;

/// A distribution that was fitted to the values of a sample from xmin to xmax.
struct Fit {
  Family family = Family::power_law;
  bool discrete = false;
  double xmin = 1.0;
  double xmax = unbounded;             ///< the distribution ends here; unbounded: nowhere
  std::array<double, 2> parameters{};  ///< in the order of parameter_names()
  std::array<double, 2> errors{};      ///< standard errors by the observed Fisher information; NaN: not defined
  std::size_t samples = 0;             ///< number of values that were fitted
  double log_likelihood = 0.0;         ///< of all of them
  double ks_distance = 0.0;            ///< see fit()

  /// The probability of a value of at least x. @throws ParameterError if x is NaN
  double survival(double x) const;
  /// The logarithm of the density, or in a discrete distribution of the probability, of a value in [xmin, xmax].
  double log_density(double x) const;
};

/// Fits a distribution to the values from xmin to xmax. xmin unset: the smallest value.
///
/// The distance is that of Kolmogorov and Smirnov as Clauset, Shalizi & Newman compute it: the largest difference
/// between P(X < x) of the distribution and of the values, over the values x.
/// @throws ParameterError if xmin or xmax is no positive number, xmin > xmax, or a discrete sample gets limits that are
///   not whole, StateError if fewer than two different values remain
Fit fit(const Sample& sample, Family family, std::optional<double> xmin = {}, double xmax = unbounded);

/// Fits a power law from the xmin for which its distance is smallest. Considered are all values of the sample except
/// the largest, up to `largest_xmin`, beyond which at least `least_samples` values remain. Of equal distances the
/// smallest xmin counts. With `least_ratio` xmax is sought, too: `xmax`, and up to 40 of the values below it, each at
/// least so many times xmin; of equal distances the largest xmax counts. A window that holds few values is close to
/// some power law by chance: let `least_samples` be large.
/// @throws ParameterError as fit(), and if least_ratio is not above 1; StateError if there is no such value
struct Search {
  double xmax = unbounded;
  double largest_xmin = unbounded;
  std::size_t least_samples = 2;
  std::optional<double> least_ratio{};  ///< of xmax to xmin; unset: xmax is not sought
};
Fit fit_tail(const Sample& sample, const Search& search = {});

// --- How good a fit is, and which is better --------------------------------------------------------------------------

/// The result of a parametric bootstrap.
struct Goodness {
  double p = 0.0;  ///< share of synthetic samples that are at least as far from their own fit
  std::size_t repetitions = 0;
  std::vector<double> distances;  ///< of each synthetic sample from its own fit
  std::vector<double> alphas;     ///< the exponent of each
};

/// How to repeat a fit with synthetic samples.
struct Bootstrap {
  std::size_t repetitions = 1000;
  std::uint64_t seed = 0;
  std::size_t threads = 0;         ///< 0: one for each processor. The result does not depend on them
  std::optional<Search> search{};  ///< xmin is sought anew in each synthetic sample; unset: it is that of the fit
};

/// The probability that a sample of the fitted power law is at least as far from its own fit as the given sample is: p
/// below 0.1 rules a power law out, a larger p does not prove one. Synthetic samples have as many values; those below
/// xmin are drawn from the values there.
/// @throws ParameterError if the fit is not a power law, or for no repetitions
Goodness goodness_of_fit(const Sample& sample, const Fit& law, const Bootstrap& bootstrap = {});

/// How much the parameters of a fit vary if the data are drawn anew.
struct Resampled {
  std::size_t repetitions = 0;                      ///< number of samples; those that could not be fitted are left out
  std::array<double, 2> errors{};                   ///< standard deviations of the parameters
  std::array<std::array<double, 2>, 2> interval{};  ///< for each parameter the limits that hold 95% of its values
};

/// What is drawn with replacement, and how.
struct Resampling {
  std::size_t repetitions = 1000;
  std::uint64_t seed = 0;
  std::size_t threads = 0;  ///< 0: one for each processor. The result does not depend on them
};

/// Repeats a fit, with its limits, to samples of the values with replacement. If `networks` has the number of the
/// network of each value, then whole networks are drawn: values of one network are not independent of each other, and
/// errors by single values are too small.
/// @throws ParameterError for less than two repetitions, ShapeError if there is not one number for each value,
///   StateError if there is only one network, or if less than two samples could be fitted
Resampled resampled(std::span<const double> values, const Fit& fit, std::span<const std::uint32_t> networks = {},
                    const Resampling& resampling = {});

/// The comparison of two fits to the same values.
struct Comparison {
  double ratio = 0.0;       ///< logarithm of the ratio of likelihoods; above 0: the first fits better
  double normalized = 0.0;  ///< ratio / (σ√n), where σ is the deviation of the ratios of single values; NaN if σ is 0
  double p = 1.0;           ///< the probability of so large a ratio if both fit equally well
  bool nested = false;      ///< one is a special case of the other: p is that of χ² with one degree of freedom
};

/// @throws ParameterError if the fits have different ranges or numbers of values
Comparison compare(const Sample& sample, const Fit& first, const Fit& second);

/// A power law, the evidence against it, and what it means in words.
struct Assessment {
  Fit law;
  std::optional<Goodness> goodness;     ///< if there was a bootstrap
  std::vector<Fit> alternatives;        ///< to the same values
  std::vector<Comparison> comparisons;  ///< of the law with each alternative
  /// The alternative that is preferred: of those whose comparison is below 0 with p < 0.1, the one of the largest
  /// likelihood. Unset: none.
  std::optional<std::size_t> preferred;
  /// Such as "a power law is rejected (p = 0.00); lognormal preferred".
  std::string verdict;
};

inline constexpr double significance = 0.1;  ///< of p in verdicts, as Clauset, Shalizi & Newman choose it

/// Compares a fitted power law with other distributions of the same values, and with synthetic samples of itself.
/// @throws as fit(), compare() and goodness_of_fit()
Assessment assess(const Sample& sample, const Fit& law, std::span<const Family> alternatives,
                  const std::optional<Bootstrap>& bootstrap = {});

}  // namespace sorn::criticality
