#include "analysis/criticality/families.hpp"

#include "analysis/criticality/zeta.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <string_view>

namespace sorn::criticality {

namespace {

constexpr std::array<std::string_view, family_count> family_names{"power_law", "truncated_power_law", "lognormal",
                                                                  "exponential", "stretched_exponential"};
constexpr std::array<std::string_view, 2> of_power_laws{"alpha", "lambda"};
constexpr std::array<std::string_view, 2> of_lognormal{"mu", "sigma"};
constexpr std::array<std::string_view, 2> of_exponentials{"lambda", "beta"};

void check_limit(const char* name, double value, bool discrete) {
  if (std::isnan(value) || value <= 0.0) {
    throw ParameterError(formatted("{} = {}", name, value), "must be a number above 0");
  }
  if (discrete && std::isfinite(value) && value != std::floor(value)) {
    throw ParameterError(formatted("{} = {}", name, value), "must be a whole number, as the values of the sample are");
  }
}

}  // namespace

std::string_view name(Family family) noexcept { return family_names[static_cast<std::size_t>(family)]; }

Family family_named(std::string_view text) { return enumerator_named<Family>("distribution", text, family_names); }

std::span<const std::string_view> parameter_names(Family family) noexcept {
  switch (family) {
    case Family::power_law: return std::span(of_power_laws).first(1);
    case Family::truncated_power_law: return of_power_laws;
    case Family::lognormal: return of_lognormal;
    case Family::exponential: return std::span(of_exponentials).first(1);
    default: return of_exponentials;
  }
}

double Shape::log_peak(double xmin, double xmax) const noexcept {
  double peak = log_density(xmin, std::log(xmin));
  const auto consider = [&](double x) {
    if (x > xmin && x <= xmax && std::isfinite(x)) peak = std::max(peak, log_density(x, std::log(x)));
  };
  consider(xmax);
  if (family == Family::lognormal) consider(std::exp(parameters[0] - parameters[1] * parameters[1]));
  if (family == Family::truncated_power_law && parameters[0] < 0.0) consider(-parameters[0] / parameters[1]);
  if (family == Family::stretched_exponential && parameters[1] > 1.0) {
    consider(std::pow((parameters[1] - 1.0) / (parameters[0] * parameters[1]), 1.0 / parameters[1]));
  }
  return peak;
}

double Shape::panel(double xmin) const noexcept {
  constexpr double widest = 0.5;
  const auto [first, second] = parameters;
  // So much the logarithm of the density may change within a panel; a rule of 16 points then is exact to 15 digits.
  constexpr double change = 6.0;
  const auto limited = [&](double slope) { return std::min(widest, change / std::max(slope, change / widest)); };
  switch (family) {
    case Family::power_law: return limited(std::abs(first));
    case Family::truncated_power_law: return limited(std::max(std::abs(first), second * xmin));
    case Family::lognormal: return std::min(limited(std::abs(std::log(xmin) - first) / (second * second)), second);
    case Family::exponential: return limited(first * xmin);
    default: return std::min(limited(first * second * std::pow(xmin, second)), 0.5 / std::max(1.0, second));
  }
}

double mass(const Shape& shape, bool discrete, double a, double b, double log_scale) {
  return over_range(shape, discrete, a, b, log_scale, [](double, double, double) {});
}

double log_norm(const Shape& shape, bool discrete, double xmin, double xmax) {
  if (shape.family == Family::power_law) {
    const double alpha = shape.parameters[0];
    const double sum = (discrete ? power_sum : power_integral)(alpha, xmin, xmax)[0];
    return std::log(sum) - alpha * std::log(xmin);
  }
  const double scale = shape.log_peak(xmin, xmax);
  return scale + std::log(mass(shape, discrete, xmin, xmax, scale));
}

Fitted fitted_values(const Sample& sample, double xmin, double xmax) {
  check_limit("xmin", xmin, sample.discrete());
  check_limit("xmax", xmax, sample.discrete());
  if (xmin > xmax) throw ParameterError(formatted("xmin = {}", xmin), formatted("must be at most xmax = {}", xmax));
  const auto values = sample.distinct();
  Fitted fitted{.sample = sample, .xmin = xmin, .xmax = xmax};
  fitted.first = static_cast<std::size_t>(std::lower_bound(values.begin(), values.end(), xmin) - values.begin());
  fitted.end = static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), xmax) - values.begin());
  if (fitted.end < fitted.first + 2) {
    const std::size_t different = std::max(fitted.end, fitted.first) - fitted.first;
    throw StateError(formatted("{} different value{} of {} from xmin = {} to xmax = {}", different,
                               different == 1 ? "" : "s", sample.size(), xmin, xmax),
                     "a fit needs at least two different values",
                     formatted("the values are from {} to {}", values.front(), values.back()));
  }
  return fitted;
}

double ks_distance(const Fitted& values, const Shape& shape) {
  const bool discrete = values.sample.discrete();
  const auto distinct = values.sample.distinct();
  const auto below = values.sample.below();
  const double scale = shape.log_peak(values.xmin, values.xmax);
  const double all = std::exp(log_norm(shape, discrete, values.xmin, values.xmax) - scale);
  const auto samples = static_cast<double>(values.samples());
  double distance = 0.0;
  double before = 0.0;        // the mass of the distribution below x
  double from = values.xmin;  // of which this is where it was last known
  for (std::size_t k = values.first; k < values.end; ++k) {
    const double x = distinct[k];
    if (x > from) before += mass(shape, discrete, from, discrete ? x - 1.0 : x, scale);
    from = x;
    const double share = static_cast<double>(below[k] - below[values.first]) / samples;
    distance = std::max(distance, std::abs(before / all - share));
  }
  return distance;
}

double Fit::survival(double x) const {
  if (std::isnan(x)) throw ParameterError("x = nan", "must be a number");
  const double from = discrete ? std::ceil(x) : x;
  if (from <= xmin) return 1.0;
  if (from > xmax || (!discrete && from == xmax)) return 0.0;
  const Shape shape{family, parameters};
  const double scale = shape.log_peak(from, xmax);
  const double log_part = family == Family::power_law ? log_norm(shape, discrete, from, xmax)
                                                      : scale + std::log(mass(shape, discrete, from, xmax, scale));
  return std::min(1.0, std::exp(log_part - log_norm(shape, discrete, xmin, xmax)));
}

double Fit::log_density(double x) const {
  const Shape shape{family, parameters};
  return shape.log_density(x, std::log(x)) - log_norm(shape, discrete, xmin, xmax);
}

}  // namespace sorn::criticality
