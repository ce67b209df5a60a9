// Power laws as functions of x that are fast to call.
#pragma once

#include <cmath>

namespace sorn::criticality {

/// P(X ≥ x) of a power law from xmin to xmax, as a function of x.
class PowerSurvival {
public:
  PowerSurvival(double alpha, bool discrete, double xmin, double xmax)
      : alpha_(alpha), discrete_(discrete), xmin_(xmin), beyond_(beyond(xmax)), all_(from(xmin, 0.0) - beyond_) {}

  double operator()(double x, double log_ratio) const noexcept { return (from(x, log_ratio) - beyond_) / all_; }

private:
  // The sums and integrals below are divided by xmin^−α. For α ≤ 1 only differences of them have a meaning.
  double from(double x, double log_ratio) const noexcept {
    const double power = std::exp(-alpha_ * log_ratio);
    if (!discrete_) return alpha_ == 1.0 ? -x * power * log_ratio : x * power / (alpha_ - 1.0);
    return power * whole_from(x);
  }
  double beyond(double xmax) const noexcept {
    if (std::isinf(xmax)) return 0.0;
    const double end = discrete_ ? xmax + 1.0 : xmax;
    return from(end, std::log(end / xmin_));
  }
  /// Σ (k/x)^−α over k = x, x + 1, … by Euler and Maclaurin.
  double whole_from(double x) const noexcept {
    if (x < 24.0 + 2.0 * std::abs(alpha_)) {
      const double next = x + 1.0;
      return 1.0 + std::exp(-alpha_ * std::log(next / x)) * whole_from(next);
    }
    const double r = 1.0 / (x * x);
    const double a = alpha_;
    // (α)₂ₖ₋₁·B₂ₖ/(2k)! for k = 1 … 5
    const double third = a * (a + 1.0) * (a + 2.0);
    const double fifth = third * (a + 3.0) * (a + 4.0);
    const double seventh = fifth * (a + 5.0) * (a + 6.0);
    const double ninth = seventh * (a + 7.0) * (a + 8.0);
    const double corrections =
        (a / 12.0 - r * (third / 720.0 - r * (fifth / 30240.0 - r * (seventh / 1209600.0 - r * ninth / 47900160.0)))) /
        x;
    const double integral = a == 1.0 ? -x * std::log(x / xmin_) : x / (a - 1.0);
    return integral + 0.5 + corrections;
  }

  double alpha_;
  bool discrete_;
  double xmin_;
  double beyond_;
  double all_;
};

}  // namespace sorn::criticality
