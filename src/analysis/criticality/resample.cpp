#include "analysis/criticality/families.hpp"
#include "analysis/criticality/fit.hpp"
#include "analysis/quantiles.hpp"
#include "analysis/sums.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/in_threads.hpp"

#include <sorn/criticality.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace sorn::criticality {

namespace {

using Places = std::vector<std::uint32_t>;  // of values in sample.distinct()

/// What is drawn: each value by itself, or the values of a network together.
std::vector<Places> units_of(std::span<const double> values, std::span<const std::uint32_t> networks,
                             const Sample& sample) {
  const auto distinct = sample.distinct();
  const auto place = [&](double value) {
    return static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin());
  };
  std::vector<Places> units;
  if (networks.empty()) {
    units.resize(1);
    for (const double value : values) units[0].push_back(place(value));
    return units;
  }
  std::map<std::uint32_t, Places> of_network;
  for (std::size_t k = 0; k < values.size(); ++k) of_network[networks[k]].push_back(place(values[k]));
  for (auto& [network, places] : of_network) units.push_back(std::move(places));
  return units;
}

/// Draws numbers below n, one for each address.
class Numbers {
public:
  Numbers(const Resampling& resampling, std::size_t repetition, std::size_t n)
      : seed_(resampling.seed), repetition_(repetition), n_(n) {}
  std::size_t operator()(std::size_t which) const noexcept {
    const auto word =
        kernels::random_word(seed_, kernels::Stream::resample, repetition_, static_cast<std::uint32_t>(which));
    return static_cast<std::size_t>(kernels::below(n_, word));
  }

private:
  std::uint64_t seed_;
  std::size_t repetition_;
  std::size_t n_;
};

}  // namespace

Resampled resampled(std::span<const double> values, const Fit& fit, std::span<const std::uint32_t> networks,
                    const Resampling& resampling) {
  if (resampling.repetitions < 2) {
    throw ParameterError(formatted("repetitions = {}", resampling.repetitions), "must be at least 2");
  }
  if (!networks.empty() && networks.size() != values.size()) {
    throw ShapeError(formatted("{} values and the networks of {}", values.size(), networks.size()),
                     "must be equally many");
  }
  const Sample sample(values, fit.discrete);
  if (values.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw ParameterError(formatted("a sample of {} values", values.size()), "must have at most 2^32 - 1");
  }
  const std::vector<Places> units = units_of(values, networks, sample);
  if (!networks.empty() && units.size() < 2) throw StateError("values of one network", "must be of at least two");
  constexpr double not_fitted = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::array<double, 2>> parameters(resampling.repetitions, {not_fitted, not_fitted});
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    std::vector<std::size_t> counts(sample.distinct().size());
    for (std::size_t k = next++; k < resampling.repetitions; k = next++) {
      std::fill(counts.begin(), counts.end(), 0);
      if (networks.empty()) {
        const Numbers number(resampling, k, values.size());
        for (std::size_t i = 0; i < values.size(); ++i) ++counts[units[0][number(i)]];
      } else {
        const Numbers number(resampling, k, units.size());
        for (std::size_t i = 0; i < units.size(); ++i) {
          for (const std::uint32_t place : units[number(i)]) ++counts[place];
        }
      }
      try {
        const Sample drawn(sample.distinct(), counts, sample.discrete());
        parameters[k] = estimate(fitted_values(drawn, fit.xmin, fit.xmax), fit.family).shape.parameters;
      } catch (const StateError&) {
        continue;  // fewer than two different values
      }
    }
  };
  in_threads(resampling.threads, resampling.repetitions, work);
  std::erase_if(parameters, [](const auto& drawn) { return std::isnan(drawn[0]); });
  if (parameters.size() < 2) {
    throw StateError(formatted("{} samples that could be fitted", parameters.size()), "must be at least 2");
  }
  Resampled found{.repetitions = parameters.size()};
  for (std::size_t which = 0; which < parameter_names(fit.family).size(); ++which) {
    std::vector<double> drawn;
    drawn.reserve(parameters.size());
    for (const auto& both : parameters) drawn.push_back(both[which]);
    const auto n = static_cast<double>(drawn.size());
    found.errors[which] = std::sqrt(analysis::moments(std::span<const double>(drawn)).variance * n / (n - 1.0));
    found.interval[which] = analysis::central_share(drawn, 0.95);
  }
  return found;
}

}  // namespace sorn::criticality
