#include "analysis/collect.hpp"
#include "core/quantity.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/recorded_activity.hpp>
#include <sorn/recorded_spikes.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sorn {

namespace {

const Recording* found(const ResultReader& reader, Quantity quantity) {
  const auto& recordings = reader.recordings();
  const auto at = std::find_if(recordings.begin(), recordings.end(),
                               [&](const Recording& recording) { return recording.request.quantity == quantity; });
  return at == recordings.end() ? nullptr : &*at;
}

/// Gives a series to a function.
class Taken final : public analysis::SeriesCollector {
public:
  explicit Taken(const std::function<void(std::span<const double>)>& take) noexcept : take_(take) {}
  void add(std::span<const double> values) override { take_(values); }

private:
  const std::function<void(std::span<const double>)>& take_;
};

}  // namespace

Quantity recorded_spikes(const ResultReader& reader) {
  for (const Quantity quantity :
       {Quantity::excitatory, Quantity::activity, Quantity::recurrent, Quantity::inhibitory}) {
    if (found(reader, quantity) != nullptr) return quantity;
  }
  throw ParameterError("a file without spikes", "must hold a recording of E, A, R or I", "record E or A");
}

void read_activity(const ResultReader& reader, Quantity quantity, std::uint64_t skip,
                   const std::function<void(std::span<const double>)>& take) {
  constexpr std::size_t most_values = std::size_t{1} << 18U;  // of a part
  const std::string_view called = name(quantity);
  if (!info(quantity).is_activity()) {
    throw ParameterError(formatted("the recording {}", called),
                         formatted("must be {}, which tell how many units are active",
                                   listed(quantity_names(&QuantityInfo::is_activity), "or")));
  }
  const Recording* const recording = found(reader, quantity);
  if (recording == nullptr) {
    throw ParameterError(formatted("the recording {}", called), "must be one that the file holds");
  }
  if (skip >= recording->rows) {
    throw ParameterError(formatted("skip = {}", skip),
                         formatted("must leave one of the {} rows of {}", recording->rows, called));
  }
  if (info(quantity).is_spikes()) {
    Taken taken(take);
    analysis::OfActivity collector(taken);
    analysis::collect(RecordedSpikes(reader, quantity, static_cast<std::size_t>(skip)), {&collector});
    return;
  }
  std::vector<double> activity;
  for (std::size_t first = skip; first < recording->rows; first += most_values) {
    const Recording rows = reader.rows(quantity, first, std::min(most_values, recording->rows - first));
    activity.assign(rows.counts().begin(), rows.counts().end());
    take(activity);
  }
}

std::vector<double> read_activity(const ResultReader& reader, Quantity quantity, std::uint64_t skip) {
  std::vector<double> all;
  read_activity(reader, quantity, skip,
                [&](std::span<const double> part) { all.insert(all.end(), part.begin(), part.end()); });
  return all;
}

criticality::Avalanches read_avalanches(const ResultReader& reader, Quantity quantity, std::uint64_t skip,
                                        const criticality::AvalancheOptions& options) {
  double threshold = options.threshold.number;
  if (options.threshold.kind != criticality::Threshold::Kind::value) {
    criticality::ActivityLevels levels(options.bin);
    read_activity(reader, quantity, skip, [&](std::span<const double> part) { levels.add(part); });
    threshold = levels.threshold(options.threshold);
  }
  criticality::AvalancheFinder finder(threshold, options);
  read_activity(reader, quantity, skip, [&](std::span<const double> part) { finder.add(part); });
  return std::move(finder).finish();
}

}  // namespace sorn
