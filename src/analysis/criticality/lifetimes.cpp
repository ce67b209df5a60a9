#include "analysis/minimum.hpp"
#include "analysis/sums.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/lifetimes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sorn::criticality {

std::optional<double> Survival::median() const noexcept {
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (survival[k] <= 0.5) return times[k];
  }
  return {};
}

namespace {

/// @throws as survival_curve()
void check_lifetimes(std::span<const double> lifetimes, std::span<const std::uint8_t> ended) {
  if (lifetimes.empty()) throw StateError("no lifetimes", "must be at least one");
  if (!ended.empty() && ended.size() != lifetimes.size()) {
    throw ShapeError(
        formatted("{} lifetimes, {} of which it is said whether they ended", lifetimes.size(), ended.size()),
        "must be equally many");
  }
  for (std::size_t k = 0; k < lifetimes.size(); ++k) {
    if (!std::isfinite(lifetimes[k]) || lifetimes[k] < 0.0) {
      throw StateError(formatted("lifetime {} = {}", k, lifetimes[k]), "must be a finite number from 0 on");
    }
  }
}

}  // namespace

Survival survival_curve(std::span<const double> lifetimes, std::span<const std::uint8_t> ended) {
  check_lifetimes(lifetimes, ended);
  std::vector<std::pair<double, bool>> all;  // lifetimes, and whether they ended
  all.reserve(lifetimes.size());
  Survival found;
  for (std::size_t k = 0; k < lifetimes.size(); ++k) {
    const bool seen = ended.empty() || ended[k] != 0;
    all.emplace_back(lifetimes[k], seen);
    if (!seen) ++found.censored;
  }
  std::sort(all.begin(), all.end());
  double survival = 1.0;
  double variance = 0.0;  // relative, of the survival (Greenwood)
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    std::uint64_t ends = 0;
    for (; end < all.size() && all[end].first == all[begin].first; ++end) ends += all[end].second ? 1U : 0U;
    if (ends > 0) {
      const auto at_risk = static_cast<double>(all.size() - begin);
      const auto d = static_cast<double>(ends);
      survival *= (at_risk - d) / at_risk;
      if (at_risk > d) variance += d / (at_risk * (at_risk - d));
      found.times.push_back(all[begin].first);
      found.survival.push_back(survival);
      found.errors.push_back(survival * std::sqrt(variance));
      found.at_risk.push_back(all.size() - begin);
      found.ended.push_back(ends);
    }
    begin = end;
  }
  return found;
}

namespace {

/// Lifetimes from xmin on.
struct Lifetimes {
  std::vector<double> values;
  std::vector<std::uint8_t> ended;
  double xmin = 1.0;
  double ends = 0.0;  // number of ends that were seen

  /// The sum of f(x, whether it ended) over all.
  template <class F>
  double sum(F&& f) const {
    analysis::Sum total;
    for (std::size_t k = 0; k < values.size(); ++k) total.add(f(values[k], ended[k] != 0));
    return total.value();
  }
};

Lifetimes from_xmin(std::span<const double> lifetimes, std::span<const std::uint8_t> ended, double xmin) {
  if (!std::isfinite(xmin) || xmin <= 0.0) {
    throw ParameterError(formatted("xmin = {}", xmin), "must be a finite number above 0");
  }
  Lifetimes found{.values = {}, .ended = {}, .xmin = xmin};
  bool longer = false;
  for (std::size_t k = 0; k < lifetimes.size(); ++k) {
    if (lifetimes[k] < xmin) continue;
    const bool seen = ended.empty() || ended[k] != 0;
    found.values.push_back(lifetimes[k]);
    found.ended.push_back(seen ? 1 : 0);
    found.ends += seen ? 1.0 : 0.0;
    longer = longer || lifetimes[k] > xmin;
  }
  if (found.ends < 2.0 || !longer) {
    throw StateError(
        formatted("{} lifetimes from xmin = {} on, of which {} ended", found.values.size(), xmin, found.ends),
        "a fit needs at least two ends, and a lifetime above xmin");
  }
  return found;
}

/// λ of exp(−λ(x^β − xmin^β)) of the largest likelihood.
double rate_of(const Lifetimes& all, double beta) {
  const double start = std::pow(all.xmin, beta);
  return all.ends / all.sum([&](double x, bool) { return std::pow(x, beta) - start; });
}

/// The logarithm of the likelihood with this rate, of a stretched exponential distribution; β = 1: an exponential one.
double likelihood_of(const Lifetimes& all, double beta) {
  const double logs = all.sum([](double x, bool end) { return end ? std::log(x) : 0.0; });
  return all.ends * (std::log(rate_of(all, beta) * beta) - 1.0) + (beta - 1.0) * logs;
}

/// Survival from xmin on.
double lasts(const Fit& fit, double x) {
  const auto [first, second] = fit.parameters;
  switch (fit.family) {
    case Family::power_law: return std::pow(x / fit.xmin, 1.0 - first);
    case Family::exponential: return std::exp(-first * (x - fit.xmin));
    default: return std::exp(-first * (std::pow(x, second) - std::pow(fit.xmin, second)));
  }
}

void fit_power_law(Fit& fit, const Lifetimes& all) {
  const double logs = all.sum([&](double x, bool) { return std::log(x / all.xmin); });
  const double ended_logs = all.sum([&](double x, bool end) { return end ? std::log(x / all.xmin) : 0.0; });
  const double slope = all.ends / logs;
  fit.parameters[0] = 1.0 + slope;
  fit.errors[0] = slope / std::sqrt(all.ends);
  fit.log_likelihood = all.ends * std::log(slope / all.xmin) - ended_logs - slope * logs;
}

void fit_exponential(Fit& fit, const Lifetimes& all) {
  fit.parameters[0] = rate_of(all, 1.0);
  fit.errors[0] = fit.parameters[0] / std::sqrt(all.ends);
  fit.log_likelihood = likelihood_of(all, 1.0);
}

void fit_stretched(Fit& fit, const Lifetimes& all) {
  constexpr double lowest = -4.0;  // ln β
  constexpr double highest = 3.0;
  constexpr double tolerance = 1e-9;
  constexpr double width = 1e-3;
  const auto cost = [&](double log_beta) { return -likelihood_of(all, std::exp(log_beta)); };
  const double log_beta = analysis::minimum(lowest, highest, tolerance, cost);
  const double beta = std::exp(log_beta);
  const double lambda = rate_of(all, beta);
  fit.parameters = {lambda, beta};
  fit.log_likelihood = -cost(log_beta);
  // The error of β from the curvature of this likelihood, and that of λ given β beside the change of λ with β.
  const double curvature = (cost(log_beta - width) + cost(log_beta + width) - 2.0 * cost(log_beta)) / (width * width);
  if (!(curvature > 0.0)) return;
  const double change =
      (rate_of(all, std::exp(log_beta + width)) - rate_of(all, std::exp(log_beta - width))) / (2.0 * width);
  fit.errors = {std::sqrt(lambda * lambda / all.ends + change * change / curvature), beta / std::sqrt(curvature)};
}

}  // namespace

Fit fit_lifetimes(std::span<const double> lifetimes, std::span<const std::uint8_t> ended, Family family, double xmin) {
  check_lifetimes(lifetimes, ended);
  const Lifetimes all = from_xmin(lifetimes, ended, xmin);
  Fit fit{.family = family, .discrete = false, .xmin = xmin, .xmax = unbounded};
  fit.errors.fill(std::numeric_limits<double>::quiet_NaN());
  fit.samples = all.values.size();
  switch (family) {
    case Family::power_law: fit_power_law(fit, all); break;
    case Family::exponential: fit_exponential(fit, all); break;
    case Family::stretched_exponential: fit_stretched(fit, all); break;
    default:
      throw ParameterError(formatted("the distribution '{}' of lifetimes", name(family)),
                           "must be power_law, exponential or stretched_exponential");
  }
  const Survival seen = survival_curve(all.values, all.ended);
  double before = 1.0;
  for (std::size_t k = 0; k < seen.times.size(); ++k) {
    const double fitted = lasts(fit, seen.times[k]);
    fit.ks_distance = std::max({fit.ks_distance, std::abs(fitted - before), std::abs(fitted - seen.survival[k])});
    before = seen.survival[k];
  }
  return fit;
}

}  // namespace sorn::criticality
