#include "analysis/criticality/families.hpp"
#include "analysis/criticality/power_survival.hpp"
#include "analysis/criticality/tail.hpp"
#include "analysis/sums.hpp"
#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/in_threads.hpp"

#include <sorn/criticality.hpp>
#include <sorn/error.hpp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <numbers>
#include <utility>

namespace sorn::criticality {

namespace {

/// Draws values of a power law.
class Draw {
public:
  explicit Draw(const Fit& law) : law_(law), survival_(law.parameters[0], law.discrete, law.xmin, law.xmax) {
    constexpr std::size_t most = 1024;
    if (!law.discrete) return;
    table_.reserve(most);
    double x = law.xmin;
    while (x <= law.xmax && table_.size() < most) table_.push_back(at_least(x++));
  }

  /// The value x with P(X > x) ≤ u, and P(X ≥ x) > u if X is discrete, for u in (0, 1).
  double operator()(double u) const noexcept { return law_.discrete ? whole(u) : real(u); }

private:
  double at_least(double x) const noexcept { return survival_(x, std::log(x / law_.xmin)); }

  double real(double u) const noexcept {
    const double alpha = law_.parameters[0];
    if (std::isinf(law_.xmax)) return law_.xmin * std::pow(u, -1.0 / (alpha - 1.0));
    const double length = std::log(law_.xmax / law_.xmin);
    const double z =
        (1.0 - alpha) * length;  // the share above x is (e^z − e^(z·t))/(e^z − 1), with x = xmin·e^(length·t)
    const double t = std::abs(z) < 1e-12 ? 1.0 - u : std::log1p((1.0 - u) * std::expm1(z)) / z;
    return std::clamp(law_.xmin * std::exp(length * t), law_.xmin, law_.xmax);
  }
  double whole(double u) const noexcept {
    if (u >= table_.back()) {
      const auto found = std::upper_bound(table_.begin(), table_.end(), u, std::greater<>());  // the first below u
      return law_.xmin + static_cast<double>(found - table_.begin()) - 1.0;
    }
    double low = law_.xmin + static_cast<double>(table_.size()) - 1.0;  // P(X ≥ low) > u
    double high = std::min(2.0 * low, law_.xmax + 1.0);
    while (high <= law_.xmax && at_least(high) > u) {
      low = high;
      high = std::min(2.0 * high, law_.xmax + 1.0);
      constexpr double largest = 9007199254740992.0;  // 2^53: whole numbers end here
      if (low >= largest / 2.0) return largest;
    }
    while (high - low > 1.0) {
      const double middle = std::floor((low + high) / 2.0);
      (at_least(middle) > u ? low : high) = middle;
    }
    return low;
  }

  const Fit& law_;
  PowerSurvival survival_;
  std::vector<double> table_;  // P(X ≥ x) from xmin on
};

/// The values of a sample outside the range of a fit, in ascending order, as numbers of equal values.
class Others {
public:
  Others(const Sample& sample, const Fitted& fitted) {
    for (std::size_t k = 0; k < sample.distinct().size(); ++k) {
      if (k >= fitted.first && k < fitted.end) continue;
      values_.push_back(sample.distinct()[k]);
      ends_.push_back(size() + sample.count(k));
    }
  }

  std::size_t size() const noexcept { return ends_.empty() ? 0 : ends_.back(); }
  double operator[](std::size_t place) const noexcept {
    return values_[static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin())];
  }

private:
  std::vector<double> values_;
  std::vector<std::size_t> ends_;  // places before which each value ends
};

/// Collects values into a sample. Of whole numbers it keeps how often each occurs, not all of them.
class Collected {
public:
  Collected(bool discrete, std::size_t size) : discrete_(discrete), few_(discrete ? most_few : 0) {
    if (!discrete) all_.reserve(size);
  }

  void add(double value) {
    if (!discrete_) {
      all_.push_back(value);
    } else if (value < static_cast<double>(most_few)) {
      ++few_[static_cast<std::size_t>(value)];
    } else {
      ++larger_[value];
    }
  }

  /// The sample; there is no value then.
  Sample take() {
    if (!discrete_) {
      Sample sample(all_, false);
      all_.clear();
      return sample;
    }
    std::vector<double> values;
    std::vector<std::size_t> counts;
    for (std::size_t value = 0; value < few_.size(); ++value) {
      if (few_[value] == 0) continue;
      values.push_back(static_cast<double>(value));
      counts.push_back(std::exchange(few_[value], 0));
    }
    for (const auto& [value, count] : larger_) {
      values.push_back(value);
      counts.push_back(count);
    }
    larger_.clear();
    return {values, counts, true};
  }

private:
  static constexpr std::size_t most_few = std::size_t{1} << 16U;

  bool discrete_;
  std::vector<double> all_;
  std::vector<std::size_t> few_;          // of small numbers
  std::map<double, std::size_t> larger_;  // of the others
};

}  // namespace

Goodness goodness_of_fit(const Sample& sample, const Fit& law, const Bootstrap& bootstrap) {
  if (law.family != Family::power_law) {
    throw ParameterError(formatted("a fit of the distribution '{}'", name(law.family)), "must be one of a power law");
  }
  if (bootstrap.repetitions == 0) throw ParameterError("repetitions = 0", "must be at least 1");
  if (sample.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw ParameterError(formatted("a sample of {} values", sample.size()), "must have at most 2^32 - 1");
  }
  const Fitted fitted = fitted_values(sample, law.xmin, law.xmax);
  const Others others(sample, fitted);
  const double share = static_cast<double>(others.size()) / static_cast<double>(sample.size());
  const Draw draw(law);
  Goodness goodness{.repetitions = bootstrap.repetitions,
                    .distances = std::vector<double>(bootstrap.repetitions),
                    .alphas = std::vector<double>(bootstrap.repetitions, std::numeric_limits<double>::quiet_NaN())};
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    TailSearch tails;
    Collected values(sample.discrete(), sample.size());
    for (std::size_t k = next++; k < bootstrap.repetitions; k = next++) {
      for (std::size_t i = 0; i < sample.size(); ++i) {
        const double u = kernels::uniform(
            kernels::random_word(bootstrap.seed, kernels::Stream::bootstrap, k, static_cast<std::uint32_t>(i)));
        if (u < share) {
          const auto place = static_cast<std::size_t>(u / share * static_cast<double>(others.size()));
          values.add(others[std::min(place, others.size() - 1)]);
        } else {
          values.add(draw((u - share) / (1.0 - share)));
        }
      }
      const Sample synthetic = values.take();
      try {
        const Tail tail =
            bootstrap.search ? tails.best(synthetic, *bootstrap.search) : tails.at(synthetic, law.xmin, law.xmax);
        goodness.distances[k] = tail.distance;
        goodness.alphas[k] = tail.alpha;
      } catch (const StateError&) {
        goodness.distances[k] = 0.0;  // a single value, which any law fits
      }
    }
  };
  in_threads(bootstrap.threads, bootstrap.repetitions, work);
  const auto at_least = std::count_if(goodness.distances.begin(), goodness.distances.end(),
                                      [&](double distance) { return distance >= law.ks_distance; });
  goodness.p = static_cast<double>(at_least) / static_cast<double>(bootstrap.repetitions);
  return goodness;
}

Comparison compare(const Sample& sample, const Fit& first, const Fit& second) {
  if (first.xmin != second.xmin || first.xmax != second.xmax || first.discrete != second.discrete ||
      first.samples != second.samples) {
    throw ParameterError(formatted("fits to {} values from {} to {} and to {} values from {} to {}", first.samples,
                                   first.xmin, first.xmax, second.samples, second.xmin, second.xmax),
                         "must be fits to the same values");
  }
  const Fitted values = fitted_values(sample, first.xmin, first.xmax);
  if (values.samples() != first.samples || sample.discrete() != first.discrete) {
    throw ParameterError(formatted("fits to {} values from {} to {}", first.samples, first.xmin, first.xmax),
                         formatted("must be fits to this sample, which has {} there", values.samples()));
  }
  const Shape a{first.family, first.parameters};
  const Shape b{second.family, second.parameters};
  const double norms =
      log_norm(a, first.discrete, first.xmin, first.xmax) - log_norm(b, second.discrete, second.xmin, second.xmax);
  const auto log_ratio = [&](double x) {
    const double log_x = std::log(x);
    return a.log_density(x, log_x) - b.log_density(x, log_x) - norms;
  };
  const auto n = static_cast<double>(values.samples());
  analysis::Sum sum;
  analysis::Sum squares;
  for (std::size_t k = values.first; k < values.end; ++k) {
    sum.add(static_cast<double>(sample.count(k)) * log_ratio(sample.distinct()[k]));
  }
  const double mean = sum.value() / n;
  for (std::size_t k = values.first; k < values.end; ++k) {
    const double difference = log_ratio(sample.distinct()[k]) - mean;
    squares.add(static_cast<double>(sample.count(k)) * difference * difference);
  }
  const auto within = [](Family special, Family general) {
    return (special == Family::power_law && general == Family::truncated_power_law) ||
           (special == Family::exponential &&
            (general == Family::truncated_power_law || general == Family::stretched_exponential));
  };
  Comparison comparison{.ratio = sum.value(),
                        .nested = within(first.family, second.family) || within(second.family, first.family)};
  const double deviation = std::sqrt(squares.value());  // σ√n
  comparison.normalized = deviation > 0.0 ? comparison.ratio / deviation : std::numeric_limits<double>::quiet_NaN();
  if (comparison.nested) {
    comparison.p = std::erfc(std::sqrt(std::abs(comparison.ratio)));
  } else if (deviation > 0.0) {
    comparison.p = std::erfc(std::abs(comparison.normalized) / std::numbers::sqrt2);
  }
  return comparison;
}

namespace {

std::string words_of(Family family) {
  std::string words(name(family));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string verdict_of(const Assessment& found) {
  std::string law = "a power law was not tested by a bootstrap";
  if (found.goodness) {
    law = formatted("a power law is {} (p = {:.2f})", found.goodness->p < significance ? "rejected" : "not rejected",
                    found.goodness->p);
  }
  if (found.alternatives.empty()) return law;
  if (found.preferred) return law + formatted("; {} preferred", words_of(found.alternatives[*found.preferred].family));
  std::vector<std::string> as_good;
  for (std::size_t k = 0; k < found.alternatives.size(); ++k) {
    if (found.comparisons[k].p >= significance) as_good.push_back(words_of(found.alternatives[k].family));
  }
  if (as_good.empty()) return law + "; preferred to all alternatives";
  return law + formatted("; {} cannot be told from it", joined(as_good, ", "));
}

}  // namespace

Assessment assess(const Sample& sample, const Fit& law, std::span<const Family> alternatives,
                  const std::optional<Bootstrap>& bootstrap) {
  Assessment found;
  found.law = law;
  if (bootstrap) found.goodness = goodness_of_fit(sample, law, *bootstrap);
  for (const Family family : alternatives) {
    found.alternatives.push_back(fit(sample, family, law.xmin, law.xmax));
    found.comparisons.push_back(compare(sample, law, found.alternatives.back()));
    const Comparison& comparison = found.comparisons.back();
    if (comparison.ratio >= 0.0 || comparison.p >= significance) continue;
    const std::size_t k = found.alternatives.size() - 1;
    if (!found.preferred ||
        found.alternatives[*found.preferred].log_likelihood < found.alternatives[k].log_likelihood) {
      found.preferred = k;
    }
  }
  found.verdict = verdict_of(found);
  return found;
}

}  // namespace sorn::criticality
