#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/lifetimes.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sorn::criticality {

std::optional<double> Survival::median() const noexcept {
  for (std::size_t k = 0; k < times.size(); ++k) {
    if (survival[k] <= 0.5) return times[k];
  }
  return {};
}

Survival survival_curve(std::span<const double> lifetimes, std::span<const std::uint8_t> ended) {
  if (lifetimes.empty()) throw StateError("no lifetimes", "must be at least one");
  if (!ended.empty() && ended.size() != lifetimes.size()) {
    throw ShapeError(
        formatted("{} lifetimes, {} of which it is said whether they ended", lifetimes.size(), ended.size()),
        "must be equally many");
  }
  std::vector<std::pair<double, bool>> all;  // lifetimes, and whether they ended
  all.reserve(lifetimes.size());
  Survival found;
  for (std::size_t k = 0; k < lifetimes.size(); ++k) {
    if (!std::isfinite(lifetimes[k]) || lifetimes[k] < 0.0) {
      throw StateError(formatted("lifetime {} = {}", k, lifetimes[k]), "must be a finite number from 0 on");
    }
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

}  // namespace sorn::criticality
