// How the sizes of avalanches grow with their durations and with the size of a network, and whether their shapes agree
// (docs/criticality.md).
#pragma once

#include <sorn/avalanches.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sorn::criticality {

/// A straight line through points (x, y), by least squares.
struct Line {
  double slope = 0.0;
  double intercept = 0.0;
  double slope_error = 0.0;  ///< standard error; NaN for two points
};

/// The mean size of the avalanches of each duration, ⟨S⟩(T), and the exponent γ of ⟨S⟩ ∝ T^γ.
struct SizeScaling {
  std::vector<std::int64_t> durations;  ///< each that occurs, ascending
  std::vector<double> mean_sizes;
  std::vector<std::uint64_t> counts;
  /// Of ln⟨S⟩ over ln T by least squares, each duration with the weight of its count. Not defined for fewer than two
  /// durations within the limits.
  std::optional<Line> line;
};

/// @param shortest, longest  the durations of the line
/// @throws StateError if there is no avalanche, ShapeError if the numbers of sizes and durations differ, ParameterError
///   unless 1 ≤ shortest < longest
SizeScaling size_scaling(std::span<const double> sizes, std::span<const std::int64_t> durations,
                         std::int64_t shortest = 1, std::int64_t longest = std::int64_t{1} << 62U);

/// The relation between the exponents of a critical system, γ = (α_T − 1)/(α_S − 1), where sizes have the exponent α_S
/// and durations α_T (Sethna, Dahmen & Myers 2001, doi 10.1038/35065675).
struct Crackling {
  double predicted = 0.0;        ///< (α_T − 1)/(α_S − 1)
  double predicted_error = 0.0;  ///< its standard error, if those of both exponents are independent
  double fitted = 0.0;           ///< γ of ⟨S⟩(T)
  double fitted_error = 0.0;
  double dcc = 0.0;        ///< |predicted − fitted|, the deviation from criticality (Ma et al. 2019,
                           ///< doi 10.1016/j.neuron.2019.08.031)
  double dcc_error = 0.0;  ///< its standard error, if all are independent
};

/// An exponent or a slope with its standard error.
struct Measurement {
  double value = 0.0;
  double error = 0.0;
};

/// @throws ParameterError if an exponent is not above 1, or a number is not finite
Crackling crackling_relation(const Measurement& size_exponent, const Measurement& duration_exponent,
                             const Measurement& gamma);

/// The mean profiles of avalanches of equal duration, s(t, T), scaled to the same length and by T^(1 − γ).
struct ShapeCollapse {
  double gamma = 0.0;                     ///< the exponent for which the scaled profiles differ least
  double error = 0.0;                     ///< their mean variance, divided by the square of the span of their mean; 0:
                                          ///< they are equal (Marshall et al. 2016, doi 10.3389/fphys.2016.00250)
  std::vector<std::int64_t> durations{};  ///< of the profiles that were compared
  std::vector<std::uint64_t> counts{};    ///< the number of avalanches of each
  std::vector<double> places{};           ///< t/T in (0, 1) at which they were compared
  std::vector<double> shapes{};           ///< (durations, places): the scaled profiles, with this γ
};

struct CollapseOptions {
  std::int64_t shortest = 4;             ///< duration of the shortest avalanches, ≥ 2
  std::int64_t longest = 1'000'000'000;  ///< of the longest ones
  std::uint64_t least = 10;              ///< durations with fewer avalanches are left out
  double lowest = 0.0;                   ///< γ is sought between these
  double highest = 5.0;
};

/// @throws ParameterError if profiles were not kept or the options are out of their ranges, StateError if fewer than
///   two durations have enough avalanches
ShapeCollapse shape_collapse(const Avalanches& avalanches, const CollapseOptions& options = {});

/// How the moments of a size grow with the number of units N: ⟨S^q⟩ ∝ N^σ(q). If the sizes are limited only by N, then
/// p(S) = S^−α·G(S/N^D) and σ(q) = D·(q + 1 − α) for q > α − 1 (Tebaldi, De Menech & Stella 1999,
/// doi 10.1103/PhysRevLett.83.3952).
struct FiniteSizeScaling {
  std::vector<double> orders;  ///< q
  std::vector<Line> growth;    ///< of ln⟨S^q⟩ over ln N; its slope is σ(q)
  Line line;                   ///< of σ(q) over q; its slope is D
  double dimension = 0.0;      ///< D: the largest avalanches grow as N^D
  double exponent = 0.0;       ///< α
};

/// @param units  the number of units of each network, ≥ 1, of which at least two differ
/// @param sizes  the sizes of its avalanches
/// @throws ShapeError if the numbers of networks differ, StateError if there are no sizes or only one number of units
FiniteSizeScaling finite_size_scaling(std::span<const double> units, std::span<const std::span<const double>> sizes,
                                      std::span<const double> orders);

}  // namespace sorn::criticality
