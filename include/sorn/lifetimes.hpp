// Survival of synapses, pauses between spikes, and whatever else begins and ends, if some ends were not seen
// (docs/criticality.md).
#pragma once

#include <sorn/criticality.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::criticality {

/// The share of lifetimes that last beyond a time, as the product over all ends up to it of the share of those at risk
/// that did not end (Kaplan & Meier 1958, doi 10.1080/01621459.1958.10501452).
struct Survival {
  std::vector<double> times;           ///< at which lifetimes ended, ascending
  std::vector<double> survival;        ///< the share that lasts longer
  std::vector<double> errors;          ///< standard errors (Greenwood 1926); 0 where nothing is left
  std::vector<std::uint64_t> at_risk;  ///< lifetimes that lasted at least until this time
  std::vector<std::uint64_t> ended;    ///< lifetimes that ended at it
  std::size_t censored = 0;            ///< lifetimes of which the end was not seen

  /// The first time at which at most half survive. Not defined if more than half outlast all that was seen.
  std::optional<double> median() const noexcept;
};

/// @param lifetimes  numbers from 0 on
/// @param ended      for each lifetime, 1 if its end was seen, 0 if it lasted at least so long; empty: all were seen
/// @throws StateError for no lifetimes or one that is negative or not finite, ShapeError if the numbers differ
Survival survival_curve(std::span<const double> lifetimes, std::span<const std::uint8_t> ended = {});

/// Fits a distribution to lifetimes of which some ends were not seen: these count with the probability of lasting
/// longer. Lifetimes are real numbers from xmin on, without an upper limit; shorter ones are left out. `samples` is the
/// number of all that remain, `ks_distance` the largest difference from the survival curve of Kaplan and Meier.
/// @param family  power_law, exponential or stretched_exponential
/// @throws as survival_curve(); ParameterError for another family, or unless xmin is finite and above 0; StateError if
///   fewer than two ends from xmin on were seen, or all lifetimes equal xmin
Fit fit_lifetimes(std::span<const double> lifetimes, std::span<const std::uint8_t> ended, Family family, double xmin);

}  // namespace sorn::criticality
