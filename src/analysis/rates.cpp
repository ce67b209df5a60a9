// Firing rates of neurons and of the network, and the smoothness of a series of rates.
#include "analysis/collectors.hpp"
#include "analysis/spikes.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/statistics.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace sorn::analysis {

void Changes::add(std::span<const double> values) {
  for (const double value : values) {
    if (values_ == 0) {
      first_ = value;
    } else if (!again_) {
      moments_.count(value - last_);
    } else {
      moments_.spread(value - last_);
    }
    last_ = value;
    ++values_;
  }
}

bool Changes::end_pass() {
  if (again_ || values_ < statistics::least("scale_dependent_smoothness")) return false;
  again_ = true;
  moments_.close();
  values_ = 0;
  return true;
}

std::optional<double> Changes::scale_dependent_smoothness() const noexcept {
  if (values_ < statistics::least("scale_dependent_smoothness")) return {};
  return std::sqrt(moments_.result().variance);
}

std::optional<double> Changes::scale_independent_smoothness() const noexcept {
  if (values_ < statistics::least("scale_independent_smoothness")) return {};
  const auto [mean, variance] = moments_.result();
  if (variance == 0.0 && mean == 0.0) return {};
  if (variance == 0.0) return 0.0;
  // The differences add up to last − first, which is computed exactly.
  if (first_ == last_) return std::numeric_limits<double>::infinity();
  return std::sqrt(variance) / std::abs(mean);
}

LaggedProducts::LaggedProducts(std::size_t values, std::size_t lag) : lag_(lag), pairs_(values - lag) {
  constexpr std::size_t least = statistics::least("autocorrelation");
  if (lag > values || pairs_ < least) {
    throw ParameterError(formatted("t = {}", lag),
                         formatted("must leave at least {} pairs of the {} firing rates", least, values));
  }
  recent_.resize(std::min(lag_, pairs_));
}

void LaggedProducts::add(std::span<const double> values) {
  for (const double value : values) {
    const bool early = at_ < pairs_;
    const bool late = at_ >= lag_;
    if (!again_) {
      if (early) early_.count(value);
      if (late) late_.count(value);
    } else {
      // The place of the value that came `lag` steps ago, and then of this one.
      double* const place = recent_.empty() ? nullptr : &recent_[at_ % lag_ % recent_.size()];
      if (early) early_.spread(value);
      if (late) {
        late_.spread(value);
        products_.add(((place == nullptr ? value : *place) - early_.mean()) * (value - late_.mean()));
      }
      if (early && place != nullptr) *place = value;
    }
    ++at_;
  }
}

bool LaggedProducts::end_pass() {
  if (again_) return false;
  again_ = true;
  early_.close();
  late_.close();
  at_ = 0;
  return true;
}

std::optional<double> LaggedProducts::result() const noexcept {
  const double early = early_.result().variance;
  const double late = late_.result().variance;
  if (early == 0.0 || late == 0.0) return {};
  const double r = products_.value() / static_cast<double>(pairs_) / std::sqrt(early) / std::sqrt(late);
  return std::min(1.0, std::max(-1.0, r));
}

}  // namespace sorn::analysis

namespace sorn::statistics {

namespace {

/// Copies whole numbers.
class Copied final : public analysis::SeriesCollector {
public:
  explicit Copied(std::vector<std::int64_t>& to) noexcept : to_(to) {}
  void add(std::span<const double> values) override {
    for (const double value : values) to_.push_back(static_cast<std::int64_t>(value));
  }

private:
  std::vector<std::int64_t>& to_;
};

}  // namespace

double firing_rate(const SpikeSource& source, std::size_t neuron, std::size_t bin_size) {
  analysis::require_content(source);
  analysis::require_neuron(source, neuron);
  analysis::require_window(source, "bin_size", bin_size);
  std::vector<SpikeSource::Word> room;
  std::size_t count = 0;
  for (const SpikeSource::Word word : source.all_words(neuron, room)) {
    count += static_cast<std::size_t>(std::popcount(word));
  }
  return static_cast<double>(count) * static_cast<double>(bin_size) / static_cast<double>(source.steps());
}

std::vector<std::int64_t> network_activity(const SpikeSource& source) {
  std::vector<std::int64_t> activity;
  activity.reserve(source.steps());
  Copied copied(activity);
  analysis::OfActivity collector(copied);
  analysis::collect(source, {&collector});
  return activity;
}

std::optional<double> scale_dependent_smoothness(std::span<const double> rates) {
  analysis::Changes changes;
  analysis::collect(rates, changes);
  return changes.scale_dependent_smoothness();
}

std::optional<double> scale_independent_smoothness(std::span<const double> rates) {
  analysis::Changes changes;
  analysis::collect(rates, changes);
  return changes.scale_independent_smoothness();
}

std::optional<double> autocorrelation(std::span<const double> rates, std::size_t lag) {
  analysis::LaggedProducts products(rates.size(), lag);
  analysis::collect(rates, products);
  return products.result();
}

}  // namespace sorn::statistics
