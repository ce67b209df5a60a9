// Statistics of windows, computed during a run. Only the spikes of the window that is not over are kept, and the
// measures are computed from them as from a recording, so that both have the same bits.
#pragma once

#include "analysis/run_record.hpp"
#include "core/window.hpp"

#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/spike_train.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sorn::analysis {

/// A window whose row can be computed. It must not outlive the state.
class FinishedWindow {
public:
  /// @param train  without steps if the window began before the run
  FinishedWindow(SpikeTrain train, Observed observed);
  FinishedWindow(const FinishedWindow&) = delete;
  FinishedWindow& operator=(const FinishedWindow&) = delete;

  /// NaN if a measure is not defined, or needs spikes of a window that began before the run.
  std::vector<double> values(std::span<const std::string> measures) { return analysis::values(measures, record_); }
  /// The counts of a histogram in its bins; −1 in all of them if they are not known.
  std::vector<std::int64_t> histogram(Quantity quantity);

private:
  const statistics::Avalanches& avalanches();

  SpikeTrain train_;
  RunRecord record_;
  std::optional<statistics::Avalanches> avalanches_{};
};

/// Counts the steps of one sequence of windows, and computes their rows.
class WindowCounter {
public:
  /// @param request  its stride and window tell the windows
  /// @param begin    the first step of the run; a window that began before it has no spikes
  /// @throws ParameterError if the machine has too little memory for a window
  WindowCounter(const RecordRequest& request, std::size_t ne, std::size_t ni, std::uint64_t begin);

  /// Goes on with a window that was begun. `step` is the number of the next step.
  void restore(std::uint64_t step, WindowPart part);
  const WindowPart& part() const noexcept { return part_; }

  const RecordRequest& request() const noexcept { return request_; }
  bool ends_with(std::uint64_t step) const noexcept;

  void add(const StepView& view);
  /// The window that ends with the last added step, after which the network has this state. It is no longer kept.
  FinishedWindow finish(const State& state);

private:
  void move_to(std::uint64_t step) noexcept;

  RecordRequest request_;
  std::size_t ne_;
  std::size_t ni_;
  std::size_t row_words_;
  std::uint64_t begin_;
  std::uint64_t first_ = 0;  // step of the current or next window
  std::uint64_t last_ = 0;
  bool counts_ = false;  // whether the current window is recorded and began in this run
  WindowPart part_;
};

/// The windows of all requests of a run.
class Windows {
public:
  Windows() = default;
  /// @param measures  the names of the columns of `stats`
  /// @throws ParameterError as above
  Windows(std::span<const RecordRequest> requests, const State& state, std::uint64_t begin,
          std::vector<std::string> measures);

  /// Goes on with windows that were begun. `parts` has one for each of distinct_windows().
  void restore(std::uint64_t step, std::vector<WindowPart> parts);
  std::vector<WindowPart> parts() const;

  const std::vector<std::string>& measures() const noexcept { return measures_; }
  /// Whether a row is due in this step.
  bool end_with(std::uint64_t step) const noexcept;

  void add(const StepView& view) {
    for (WindowCounter& counter : counters_) counter.add(view);
  }
  /// The rows of the windows that end with the last added step; valid until the next call.
  std::span<const WindowRow> rows(std::uint64_t step, const State& state);

private:
  std::vector<RecordRequest> requests_;  // those of windows
  std::vector<WindowCounter> counters_;
  std::vector<std::string> measures_;
  std::vector<std::variant<std::vector<double>, std::vector<std::int64_t>>> values_;  // of each request
  std::vector<WindowRow> rows_;
};

}  // namespace sorn::analysis
