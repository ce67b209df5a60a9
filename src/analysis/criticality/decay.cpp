#include "analysis/minimum.hpp"
#include "support/format.hpp"
#include "support/names.hpp"

#include <sorn/decay.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace sorn::criticality {

namespace {

constexpr std::array<std::string_view, 9> complex_parameters{"tau",   "A",  "O",      "tau_osc", "B",
                                                             "gamma", "nu", "tau_gs", "C"};
constexpr std::array<std::string_view, 3> decay_names{"exponential", "exponential_offset", "complex"};
constexpr std::size_t most_parameters = complex_parameters.size();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Solves a symmetric positive definite system of n equations in place, by Cholesky's method. False: it is none.
template <std::size_t N>
bool solve(std::array<std::array<double, N>, N>& a, std::array<double, N>& b, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i][k] * a[j][k];
      if (i != j) {
        a[i][j] = sum / a[j][j];
      } else {
        if (!(sum > 0.0)) return false;
        a[i][i] = std::sqrt(sum);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return true;
}

/// Slopes over lags.
struct Points {
  std::span<const std::size_t> lags;
  std::span<const double> slopes;
};

// --- A·exp(−κk) + O: for each κ the best A and O are known, so that only κ is sought

struct Amplitudes {
  double a = 0.0;
  double offset = 0.0;
  double residual = infinity;
};

Amplitudes best_amplitudes(const Points& points, double rate, bool with_offset) {
  const auto n = static_cast<double>(points.lags.size());
  double e = 0.0;  // Σ exp(−κk) and so on
  double ee = 0.0;
  double r = 0.0;
  double er = 0.0;
  for (std::size_t i = 0; i < points.lags.size(); ++i) {
    const double value = std::exp(-rate * static_cast<double>(points.lags[i]));
    e += value;
    ee += value * value;
    r += points.slopes[i];
    er += value * points.slopes[i];
  }
  Amplitudes found;
  if (with_offset) {
    const double determinant = ee - e * e / n;
    if (!(determinant > 1e-14 * ee)) return found;
    found.a = (er - e * r / n) / determinant;
    found.offset = (r - found.a * e) / n;
  } else {
    found.a = er / ee;
  }
  if (!(found.a > 0.0) || !std::isfinite(found.a)) return found;
  found.residual = 0.0;
  for (std::size_t i = 0; i < points.lags.size(); ++i) {
    const double off =
        points.slopes[i] - found.offset - found.a * std::exp(-rate * static_cast<double>(points.lags[i]));
    found.residual += off * off;
  }
  return found;
}

// --- Any curve, by the method of Levenberg and Marquardt

using Vector = std::array<double, most_parameters>;

constexpr double shortest_tau = 0.1;  // bins: nothing is left after one

/// Keeps the parameters in the ranges in which the parts of a complex decay can be told apart: times within the lags,
/// at most half an oscillation in a bin.
Vector within(Vector p, double longest) {
  const double forever = 100.0 * longest;
  p[0] = std::clamp(p[0], shortest_tau, forever);
  p[1] = std::max(p[1], 0.0);
  p[3] = std::clamp(p[3], 1e-3, forever);
  p[5] = std::clamp(p[5], 1.0 / 3.0, 3.0);
  p[6] = std::clamp(p[6], 0.0, 0.5);
  p[7] = std::clamp(p[7], 1e-3, forever);
  return p;
}

double complex_value(const Vector& p, double lag) noexcept {
  const double gaussian = lag / p[7];
  return p[1] * std::exp(-lag / p[0]) + p[2] +
         p[4] * std::exp(-std::pow(lag / p[3], p[5])) * std::cos(2.0 * std::numbers::pi * p[6] * lag) +
         p[8] * std::exp(-gaussian * gaussian);
}

double residual_of(const Points& points, const Vector& p) {
  double sum = 0.0;
  for (std::size_t i = 0; i < points.lags.size(); ++i) {
    const double off = points.slopes[i] - complex_value(p, static_cast<double>(points.lags[i]));
    sum += off * off;
  }
  return std::isfinite(sum) ? sum : infinity;
}

/// Descends from `p` towards a minimum of the residual.
double descend(const Points& points, Vector& p, int most_steps) {
  constexpr double converged = 1e-14;  // relative change of the residual
  const auto longest = static_cast<double>(points.lags.back());
  double damping = 1e-3;
  double residual = residual_of(points, p);
  for (int step = 0; step < most_steps && damping < 1e12; ++step) {
    std::array<std::array<double, most_parameters>, most_parameters> curvature{};
    Vector slope{};
    for (std::size_t i = 0; i < points.lags.size(); ++i) {
      const auto lag = static_cast<double>(points.lags[i]);
      const double value = complex_value(p, lag);
      Vector change{};
      for (std::size_t k = 0; k < most_parameters; ++k) {
        Vector beside = p;
        const double h = 1e-7 * std::max(std::abs(p[k]), 1e-3);
        beside[k] += h;
        change[k] = (complex_value(beside, lag) - value) / h;
      }
      for (std::size_t k = 0; k < most_parameters; ++k) {
        slope[k] += change[k] * (points.slopes[i] - value);
        for (std::size_t j = 0; j <= k; ++j) curvature[k][j] += change[k] * change[j];
      }
    }
    bool better = false;
    while (!better && damping < 1e12) {
      auto a = curvature;
      Vector move = slope;
      for (std::size_t k = 0; k < most_parameters; ++k) a[k][k] += damping * (a[k][k] + 1e-12);
      Vector next = p;
      if (solve(a, move, most_parameters)) {
        for (std::size_t k = 0; k < most_parameters; ++k) next[k] += move[k];
        next = within(next, longest);
        const double reached = residual_of(points, next);
        if (reached < residual) {
          better = true;
          const bool done = residual - reached <= converged * residual;
          p = next;
          residual = reached;
          damping = std::max(damping / 10.0, 1e-12);
          if (done) return residual;
        }
      }
      if (!better) damping *= 10.0;
    }
  }
  return residual;
}

/// The rates κ, in 1/bins, that are looked at: growth by e⁵ over all lags, up to a decay of which nothing is left after
/// a bin. The outermost ones mean that there is no decay.
std::vector<double> trial_rates(double longest) {
  constexpr int per_sign = 120;
  constexpr double fastest = 10.0;
  const double slowest = 1e-4 / longest;
  const double growth = 5.0 / longest;
  std::vector<double> rates;
  rates.reserve(2 * per_sign + 2);
  for (int i = per_sign; i >= 0; --i) rates.push_back(-slowest * std::pow(growth / slowest, i / double{per_sign}));
  for (int i = 0; i <= per_sign; ++i) rates.push_back(slowest * std::pow(fastest / slowest, i / double{per_sign}));
  return rates;
}

/// The step of Gauss and Newton from a rate towards a slope of 0, where A and O follow.
std::optional<double> newton_step(const Points& points, double rate, const Amplitudes& now, bool with_offset) {
  const auto n = static_cast<double>(points.lags.size());
  std::array<std::array<double, 3>, 3> normal{};
  std::array<double, 3> right{};
  const std::size_t size = with_offset ? 3 : 2;
  for (std::size_t i = 0; i < points.lags.size(); ++i) {
    const auto lag = static_cast<double>(points.lags[i]);
    const double e = std::exp(-rate * lag);
    const double off = points.slopes[i] - now.offset - now.a * e;
    const std::array<double, 3> change{-now.a * lag * e, e, 1.0};
    for (std::size_t a = 0; a < size; ++a) {
      right[a] += change[a] * off / n;
      for (std::size_t b = 0; b < size; ++b) normal[a][b] += change[a] * change[b] / n;
    }
  }
  if (!solve(normal, right, size)) return {};
  return right[0];
}

/// κ of the smallest residual: the best of many, and then the minimum beside it. Not defined if it is one of the
/// outermost ones.
std::optional<double> best_rate(const Points& points, bool with_offset) {
  const std::vector<double> rates = trial_rates(static_cast<double>(points.lags.back()));
  const auto residual = [&](double rate) { return best_amplitudes(points, rate, with_offset).residual; };
  std::size_t best = 0;
  double least = infinity;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double value = residual(rates[i]);
    if (value >= least) continue;
    least = value;
    best = i;
  }
  if (best == 0 || best + 1 == rates.size() || least == infinity) return {};
  const double low = rates[best - 1];
  const double high = rates[best + 1];
  constexpr double tolerance = 1e-6;
  double rate = analysis::minimum(low, high, tolerance, residual);
  // Near the minimum the residual is flat to rounding, but its slope is not.
  constexpr int most_steps = 20;
  for (int step = 0; step < most_steps; ++step) {
    const Amplitudes now = best_amplitudes(points, rate, with_offset);
    const auto move = newton_step(points, rate, now, with_offset);
    if (!move || rate + *move <= low || rate + *move >= high) break;
    if (!(residual(rate + *move) <= now.residual * (1.0 + 1e-12))) break;
    rate += *move;
    if (std::abs(*move) <= 1e-15 * std::abs(rate)) break;
  }
  return rate;
}

std::optional<Decay> fit_exponential(const Points& points, DecayKind kind) {
  const bool with_offset = kind == DecayKind::exponential_offset;
  const auto rate = best_rate(points, with_offset);
  if (!rate || *rate == 0.0) return {};
  const Amplitudes best = best_amplitudes(points, *rate, with_offset);
  Decay decay{.kind = kind, .parameters = {1.0 / *rate, best.a}, .residual = best.residual};
  if (with_offset) decay.parameters.push_back(best.offset);
  return decay;
}

constexpr int all_the_way = 1000;  // steps of a descent

std::optional<Decay> complex_decay(const Vector& p, double residual) {
  if (!(p[1] > 0.0) || p[0] <= shortest_tau) return {};
  return Decay{.kind = DecayKind::complex, .parameters = {p.begin(), p.end()}, .residual = residual};
}

/// From many starts, since the residual of a complex decay has many minima.
std::optional<Decay> fit_complex(const Points& points) {
  constexpr int few = 30;  // steps, which show what a start is worth
  constexpr std::size_t finalists = 4;
  const auto longest = static_cast<double>(points.lags.back());
  const auto simple = fit_exponential(points, DecayKind::exponential_offset);
  const double height = *std::max_element(points.slopes.begin(), points.slopes.end());
  if (!(height > 0.0)) return {};
  std::vector<std::pair<double, Vector>> ends;  // residuals, and where they are
  for (const double tau : {0.02, 0.1, 0.5}) {
    for (const double nu : {0.3, 1.0, 2.5, 6.0}) {
      for (const double gaussian : {0.01, 0.1}) {
        Vector p{tau * longest, height / 2.0,       0.0,         longest / 3.0, height / 5.0, 1.5,
                 nu / longest,  gaussian * longest, height / 5.0};
        if (simple && simple->tau() > 0.0 && tau == 0.1) std::copy_n(simple->parameters.begin(), 3, p.begin());
        p = within(p, longest);
        const double residual = descend(points, p, few);
        ends.emplace_back(residual, p);
      }
    }
  }
  std::sort(ends.begin(), ends.end());
  ends.resize(std::min(ends.size(), finalists));
  for (auto& [residual, p] : ends) residual = descend(points, p, all_the_way);
  const auto& [residual, p] = *std::min_element(ends.begin(), ends.end());
  return complex_decay(p, residual);
}

}  // namespace

std::string_view name(DecayKind kind) noexcept { return decay_names[static_cast<std::size_t>(kind)]; }

DecayKind decay_named(std::string_view text) { return enumerator_named<DecayKind>("decay", text, decay_names); }

std::span<const std::string_view> parameter_names(DecayKind kind) noexcept {
  constexpr std::array<std::size_t, 3> counts{2, 3, 9};
  return std::span(complex_parameters).first(counts[static_cast<std::size_t>(kind)]);
}

double Decay::at(double lag) const noexcept {
  if (kind == DecayKind::complex) {
    Vector p{};
    std::copy(parameters.begin(), parameters.end(), p.begin());
    return complex_value(p, lag);
  }
  return parameters[1] * std::exp(-lag / parameters[0]) + (parameters.size() > 2 ? parameters[2] : 0.0);
}

double Decay::branching() const noexcept { return std::exp(-1.0 / tau()); }

std::optional<Decay> fit_decay(std::span<const std::size_t> lags, std::span<const double> slopes, DecayKind kind,
                               const Decay* near) {
  const std::size_t least = parameter_names(kind).size();
  if (lags.size() != slopes.size() || lags.size() < least) {
    throw ShapeError(formatted("{} lags and {} slopes", lags.size(), slopes.size()),
                     formatted("must be equally many, at least {}, for the decay '{}'", least, name(kind)));
  }
  const Points points{lags, slopes};
  if (kind != DecayKind::complex) return fit_exponential(points, kind);
  if (near == nullptr || near->kind != kind) return fit_complex(points);
  Vector p{};
  std::copy(near->parameters.begin(), near->parameters.end(), p.begin());
  const double residual = descend(points, p, all_the_way);
  return complex_decay(p, residual);
}

}  // namespace sorn::criticality
