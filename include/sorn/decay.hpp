// Curves by which correlations fall with the lag (docs/criticality.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sorn::criticality {

/// How the slopes fall with the lag k.
enum class DecayKind : std::uint8_t {
  exponential,         ///< A·exp(−k/τ)
  exponential_offset,  ///< A·exp(−k/τ) + O
  complex,             ///< A·exp(−k/τ) + B·exp(−(k/τ_osc)^γ)·cos(2πνk) + C·exp(−(k/τ_gs)²) + O
};

/// Its name: exponential, exponential_offset, complex.
std::string_view name(DecayKind kind) noexcept;
/// @throws UnknownNameError
DecayKind decay_named(std::string_view text);
/// The names of its parameters: tau, A; tau, A, O; tau, A, O, tau_osc, B, gamma, nu, tau_gs, C.
std::span<const std::string_view> parameter_names(DecayKind kind) noexcept;

/// A curve that was fitted to slopes by least squares.
struct Decay {
  DecayKind kind = DecayKind::exponential;
  std::vector<double> parameters{};  ///< in the order of parameter_names(); tau is negative if the slopes grow
  double residual = 0.0;             ///< sum of squares of the differences

  /// The curve at a lag.
  double at(double lag) const noexcept;
  /// The autocorrelation time τ in bins.
  double tau() const noexcept { return parameters[0]; }
  /// The branching parameter m = exp(−1/τ): the mean number of spikes that one spike causes in the next bin.
  double branching() const noexcept;
};

/// Fits a decay. Not defined if no amplitude A > 0 fits, or if nothing is left
/// after one bin. A complex decay is sought from many starts, or only from
/// `near` if that is given.
/// @throws ShapeError if there are fewer slopes than parameters, or not as many as lags
std::optional<Decay> fit_decay(std::span<const std::size_t> lags, std::span<const double> slopes, DecayKind kind,
                               const Decay* near = nullptr);

}  // namespace sorn::criticality
