#include "analysis/windows.hpp"

#include "analysis/counts.hpp"
#include "analysis/spikes.hpp"
#include "core/quantity.hpp"
#include "kernels/activity.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sorn::analysis {

WindowCounter::WindowCounter(const RecordRequest& request, std::size_t ne, std::size_t ni, std::uint64_t begin)
    : request_(request), ne_(ne), ni_(ni), row_words_(packed_words(ne)), begin_(begin) {
  const double bytes = static_cast<double>(request.stride) * static_cast<double>(row_words_ * sizeof(std::uint64_t));
  if (bytes > physical_memory_bytes()) {
    throw ParameterError(
        formatted("record {}", text(request)),
        formatted("the spikes of a window would need {:.3g} GB, more than this machine has", bytes / 1e9),
        "record shorter windows");
  }
  move_to(begin);
}

void WindowCounter::move_to(std::uint64_t step) noexcept {
  first_ = next_recorded(request_, step);
  last_ = recorded_in(request_, first_);
  counts_ = first_ >= begin_ && first_ < request_.end;
  part_.steps = 0;
  part_.spikes.clear();
  part_.inhibitory_spikes = 0;
  part_.ee_first = 0;
  part_.ee_fewest = 0;
}

void WindowCounter::restore(std::uint64_t step, WindowPart part) {
  move_to(step);
  part_ = std::move(part);
}

bool WindowCounter::ends_with(std::uint64_t step) const noexcept { return records(request_, step); }

void WindowCounter::add(const StepView& view) {
  if (view.step > last_) move_to(view.step);
  if (!counts_ || view.step < first_) return;
  if (part_.steps == 0) {
    // The window may be much longer than what the run has left.
    constexpr std::uint64_t at_first = 1U << 14U;
    part_.spikes.reserve(row_words_ * std::min(request_.stride, at_first));
    part_.ee_first = view.ee_count;
    part_.ee_fewest = view.ee_count;
  }
  const std::size_t before = part_.spikes.size();
  part_.spikes.resize(before + row_words_);
  kernels::pack_bits(view.state.x, std::span(part_.spikes).subspan(before));
  part_.inhibitory_spikes += count_ones(view.state.y);
  part_.ee_fewest = std::min<std::uint64_t>(part_.ee_fewest, view.ee_count);
  ++part_.steps;
}

FinishedWindow WindowCounter::finish(const State& state) {
  SpikeTrain train;
  Observed observed{.state = &state};
  if (part_.steps == request_.stride) {
    train = SpikeTrain::from_packed(part_.spikes, static_cast<std::size_t>(part_.steps), ne_);
    observed.synapses = SynapseCounts{part_.ee_first, part_.ee_fewest};
    observed.saw_inhibitory = true;
    observed.inhibitory_rate = mean_rate(part_.inhibitory_spikes, part_.steps, ni_);
  }
  move_to(last_ + 1);  // a checkpoint has the windows that are not over
  return {std::move(train), observed};
}

namespace {

Observed with_train(Observed observed, const SpikeTrain& train) noexcept {
  if (train.steps() > 0) observed.train = &train;
  return observed;
}

/// Counts values in bins.
class Bins {
public:
  explicit Bins(std::span<const double> edges) : edges_(edges), counts_(edges.size()) {}

  void add(double value, std::int64_t times = 1) noexcept {
    const auto next = std::upper_bound(edges_.begin(), edges_.end(), value);
    counts_[static_cast<std::size_t>(std::max<std::ptrdiff_t>(next - edges_.begin(), 1) - 1)] += times;
  }
  std::vector<std::int64_t> take() noexcept { return std::move(counts_); }

private:
  std::span<const double> edges_;
  std::vector<std::int64_t> counts_;
};

/// How often each interval occurs; the interval is the place in the list.
std::vector<std::int64_t> interval_counts(const SpikeTrain& train) {
  std::vector<std::int64_t> counts(train.steps());
  for (std::size_t n = 0; n < train.neurons(); ++n) {
    std::size_t last = train.steps();
    for_each_spike(train.words(n), [&](std::size_t step) {
      if (last < step) ++counts[step - last];
      last = step;
    });
  }
  return counts;
}

}  // namespace

FinishedWindow::FinishedWindow(SpikeTrain train, Observed observed)
    : train_(std::move(train)), record_(with_train(observed, train_)) {}

const statistics::Avalanches& FinishedWindow::avalanches() {
  if (!avalanches_) {
    const std::vector<std::int64_t> active = statistics::network_activity(train_);
    const std::vector<double> activity(active.begin(), active.end());
    avalanches_ = statistics::avalanches(activity, record_.options().avalanche_threshold);
  }
  return *avalanches_;
}

std::vector<std::int64_t> FinishedWindow::histogram(Quantity quantity) {
  Bins bins(bin_edges(quantity));
  if (quantity == Quantity::weights) {
    for (const double weight : record_.weights()) bins.add(weight);
    return bins.take();
  }
  if (train_.steps() == 0) return std::vector<std::int64_t>(bin_edges(quantity).size(), -1);
  if (quantity == Quantity::isis) {
    const std::vector<std::int64_t> counts = interval_counts(train_);
    for (std::size_t interval = 1; interval < counts.size(); ++interval) {
      bins.add(static_cast<double>(interval), counts[interval]);
    }
  } else if (quantity == Quantity::sizes) {
    for (const double size : avalanches().sizes) bins.add(size);
  } else {
    for (const std::int64_t duration : avalanches().durations) bins.add(static_cast<double>(duration));
  }
  return bins.take();
}

Windows::Windows(std::span<const RecordRequest> requests, const State& state, std::uint64_t begin,
                 std::vector<std::string> measures)
    : measures_(std::move(measures)) {
  for (const std::string& measure : measures_) static_cast<void>(measure_named(measure));
  std::copy_if(requests.begin(), requests.end(), std::back_inserter(requests_),
               [](const RecordRequest& request) { return info(request.quantity).is_of_window(); });
  for (const RecordRequest& request : distinct_windows(requests)) {
    counters_.emplace_back(request, state.ne(), state.ni(), begin);
  }
  values_.resize(requests_.size());
  rows_.reserve(requests_.size());
}

void Windows::restore(std::uint64_t step, std::vector<WindowPart> parts) {
  for (std::size_t k = 0; k < counters_.size(); ++k) counters_[k].restore(step, std::move(parts.at(k)));
}

std::vector<WindowPart> Windows::parts() const {
  std::vector<WindowPart> parts;
  parts.reserve(counters_.size());
  for (const WindowCounter& counter : counters_) parts.push_back(counter.part());
  return parts;
}

bool Windows::end_with(std::uint64_t step) const noexcept {
  return std::any_of(counters_.begin(), counters_.end(),
                     [&](const WindowCounter& counter) { return counter.ends_with(step); });
}

std::span<const WindowRow> Windows::rows(std::uint64_t step, const State& state) {
  rows_.clear();
  for (WindowCounter& counter : counters_) {
    if (!counter.ends_with(step)) continue;
    FinishedWindow window = counter.finish(state);
    for (std::size_t k = 0; k < requests_.size(); ++k) {
      if (!same_windows(requests_[k], counter.request())) continue;
      const Quantity quantity = requests_[k].quantity;
      if (quantity == Quantity::stats) {
        rows_.push_back({quantity, std::span<const double>(values_[k].emplace<0>(window.values(measures_)))});
      } else {
        rows_.push_back({quantity, std::span<const std::int64_t>(values_[k].emplace<1>(window.histogram(quantity)))});
      }
    }
  }
  return rows_;
}

}  // namespace sorn::analysis
