#include "analysis/criticality/tail.hpp"

#include "analysis/criticality/families.hpp"
#include "analysis/criticality/power_survival.hpp"
#include "analysis/criticality/zeta.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sorn::criticality {

void TailSearch::prepare(const Sample& sample, double xmax) {
  sample_ = &sample;
  xmax_ = xmax;
  const auto values = sample.distinct();
  end_ = static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), xmax) - values.begin());
  log_x_.resize(end_);
  log_sum_.assign(end_ + 1, 0.0);
  for (std::size_t k = end_; k-- > 0;) {
    log_x_[k] = std::log(values[k]);
    log_sum_[k] = log_sum_[k + 1] + static_cast<double>(sample.count(k)) * log_x_[k];
  }
}

/// The exponent of the values from the place `first` on, for a law that begins at xmin; `guess` is 0 or near it.
double TailSearch::alpha_of(std::size_t first, double xmin, double guess) const {
  const auto samples = static_cast<double>(sample_->below()[end_] - sample_->below()[first]);
  const double mean_log = log_sum_[first] / samples - std::log(xmin);
  constexpr double tolerance = 1e-10;  // another step would be the square of this
  return best_exponent(sample_->discrete(), mean_log, xmin, xmax_, guess, tolerance).alpha;
}

/// The distance, or a lower bound of it that is at least `limit`.
double TailSearch::distance_of(std::size_t first, double xmin, double alpha, double limit) {
  const auto values = sample_->distinct();
  const auto below = sample_->below();
  const auto samples = static_cast<double>(below[end_] - below[first]);
  const PowerSurvival survival(alpha, sample_->discrete(), xmin, xmax_);
  const double log_xmin = std::log(xmin);
  double distance = 0.0;
  // The shares of the values and of the law below x both grow with x. So neither differs from the other between two
  // values by more than what bounds it at these, and only where that is more than the distance so far one must look.
  const auto look = [&](std::size_t k) {
    const double share = static_cast<double>(below[k] - below[first]) / samples;
    const double law = 1.0 - survival(values[k], log_x_[k] - log_xmin);
    if (const double d = std::abs(share - law); d > distance) {
      distance = d;
      farthest_ = k;
    }
    return std::array<double, 2>{share, law};
  };
  if (farthest_ > first && farthest_ < end_) {
    look(farthest_);
    if (distance >= limit) return distance;
  }
  const auto at_begin = look(first);
  open_.assign(1, {first, end_ - 1, at_begin, look(end_ - 1)});
  while (!open_.empty()) {
    if (distance >= limit) return distance;
    const Range range = open_.back();
    open_.pop_back();
    const double bound = std::max(range.at_end[0] - range.at_begin[1], range.at_end[1] - range.at_begin[0]);
    if (range.end - range.begin < 2 || bound <= distance) continue;
    const std::size_t middle = range.begin + (range.end - range.begin) / 2;
    const auto at_middle = look(middle);
    open_.push_back({range.begin, middle, range.at_begin, at_middle});
    open_.push_back({middle, range.end, at_middle, range.at_end});
  }
  return distance;
}

Tail TailSearch::best(const Sample& sample, const Search& search) {
  if (!(search.xmax > 0.0)) throw ParameterError(formatted("xmax = {}", search.xmax), "must be a number above 0");
  if (std::isnan(search.largest_xmin)) throw ParameterError("largest_xmin = nan", "must be a number");
  Tail best{.first = sample.distinct().size(), .distance = unbounded, .xmax = search.xmax};
  if (!search.least_ratio) {
    improve(best, sample, search, search.xmax, search.largest_xmin);
  } else {
    if (!(*search.least_ratio > 1.0) || !std::isfinite(*search.least_ratio)) {
      throw ParameterError(formatted("least_ratio = {}", *search.least_ratio), "must be a finite number above 1");
    }
    for (const double xmax : possible_ends(sample, search)) {
      const double last = std::min(sample.distinct().back(), xmax);
      improve(best, sample, search, xmax, std::min(search.largest_xmin, last / *search.least_ratio));
    }
  }
  if (best.first == sample.distinct().size()) {
    const auto values = sample.distinct();
    std::string rule =
        formatted("a power law needs two different values, and at least {} values, from xmin on", search.least_samples);
    if (std::isfinite(search.largest_xmin)) rule += formatted(", which is at most {}", search.largest_xmin);
    if (search.least_ratio) rule += formatted(", up to at least {} times xmin", *search.least_ratio);
    const std::string limit = std::isfinite(search.xmax) ? formatted(" up to xmax = {}", search.xmax) : "";
    throw StateError(formatted("{} different of {} values{}", end_, sample.below()[end_], limit), std::move(rule),
                     formatted("the values are from {} to {}", values.front(), values.back()));
  }
  return best;
}

std::vector<double> TailSearch::possible_ends(const Sample& sample, const Search& search) {
  constexpr int most = 40;
  const auto values = sample.distinct();
  const double last = std::min(values.back(), search.xmax);
  const double first = values.front() * *search.least_ratio;
  std::vector<double> ends{search.xmax};
  for (int k = most - 1; k >= 0 && first < last; --k) {
    const double wanted = first * std::pow(last / first, static_cast<double>(k) / most);
    const double end = *(std::upper_bound(values.begin(), values.end(), wanted) - 1);
    if (end < ends.back() && end < last) ends.push_back(end);
  }
  return ends;
}

void TailSearch::improve(Tail& best, const Sample& sample, const Search& search, double xmax, double largest_xmin) {
  prepare(sample, xmax);
  const auto values = sample.distinct();
  const auto below = sample.below();
  double alpha = 0.0;
  for (std::size_t k = 0; k + 1 < end_; ++k) {
    if (values[k] > largest_xmin || below[end_] - below[k] < search.least_samples) break;
    alpha = alpha_of(k, values[k], alpha);
    const double distance = distance_of(k, values[k], alpha, best.distance);
    if (distance < best.distance) best = {k, alpha, distance, xmax};
  }
}

Tail TailSearch::at(const Sample& sample, double xmin, double xmax) {
  const Fitted values = fitted_values(sample, xmin, xmax);
  prepare(sample, xmax);
  const double alpha = alpha_of(values.first, xmin, 0.0);
  return {values.first, alpha, distance_of(values.first, xmin, alpha, unbounded), xmax};
}

}  // namespace sorn::criticality
