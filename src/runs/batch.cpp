#include "runs/batch.hpp"

#include "analysis/run_record.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "team/processors.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/online_statistics.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <thread>
#include <utility>

namespace sorn::runs {

/// Counts the steps of one job, and stops its run when the batch is to stop.
class alignas(64) Batch::Job final : public Observer {  // has its own cache line, because all threads count
public:
  explicit Job(Batch& batch) : batch_(batch) {
    const std::lock_guard lock(batch_.mutex_);
    batch_.running_.push_back(this);
  }

  ~Job() override {
    const std::lock_guard lock(batch_.mutex_);
    std::erase(batch_.running_, this);
    batch_.done_before_ += done();
  }

  Outcome on_step(const StepView& /*view*/) override {
    // Only this thread writes the count, so no locked instruction is necessary.
    done_.store(done() + 1, std::memory_order_relaxed);
    return batch_.stopped_.load(std::memory_order_relaxed) ? Outcome::stop : Outcome::go_on;
  }

  Outcome on_wait() override {
    return batch_.stopped_.load(std::memory_order_relaxed) ? Outcome::stop : Outcome::go_on;
  }

  std::uint64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }

private:
  Batch& batch_;
  std::atomic<std::uint64_t> done_{0};
};

Batch::Batch(std::size_t threads, Look look, OnError on_error, std::chrono::microseconds interval)
    : threads_(thread_count(threads)), look_(std::move(look)), on_error_(on_error), interval_(interval) {}

void Batch::run(std::span<const std::uint64_t> jobs, const Task& task) {
  using Clock = std::chrono::steady_clock;
  add(jobs);
  std::vector<std::jthread> workers;  // joined at the end of this function, also after an exception
  try {
    look();
    std::unique_lock lock(mutex_);
    const std::size_t wanted = more_ ? threads_ : std::min(threads_, waiting_.size());
    for (std::size_t k = 0; k < wanted; ++k) {
      workers.emplace_back([&] { work(task); });
      ++working_;
    }
    auto next_look = Clock::now() + interval_;
    while (working_ > 0 || !finishes_.empty()) {
      for_caller_.wait_until(lock, next_look, [&] { return working_ == 0 || !finishes_.empty(); });
      lock.unlock();
      finish_all();
      if (const auto now = Clock::now(); now >= next_look) {
        look();
        next_look = now + interval_;
      }
      lock.lock();
    }
  } catch (...) {
    const std::exception_ptr first = std::current_exception();
    stop();
    workers.clear();
    try {
      finish_all();  // the results of jobs that have ended are kept
    } catch (...) {
      std::rethrow_exception(first);  // the original error is reported
    }
    throw;
  }
  if (error_) std::rethrow_exception(error_);
}

/// Calls the pending finishes. Finishes that are added meanwhile wait, so that a look is not delayed.
void Batch::finish_all() {
  std::unique_lock lock(mutex_);
  for (std::size_t left = finishes_.size(); left > 0; --left) {
    const Finish finish = std::move(finishes_.front());
    finishes_.pop_front();
    lock.unlock();
    finish();
    lock.lock();
  }
}

void Batch::work(const Task& task) noexcept {
  while (const auto index = next()) {
    try {
      Job job(*this);
      Finish finish = task(*index, job);
      if (!finish) continue;
      const std::lock_guard lock(mutex_);
      finishes_.push_back(std::move(finish));
    } catch (...) {
      fail(*index);
    }
    for_caller_.notify_one();
  }
  const std::lock_guard lock(mutex_);
  --working_;
  for_caller_.notify_one();
}

/// Waits for a job if more may be added.
std::optional<std::uint64_t> Batch::next() {
  std::unique_lock lock(mutex_);
  for_workers_.wait(lock, [&] { return !waiting_.empty() || !more_ || stopped_ || error_; });
  return error_ ? std::nullopt : first_waiting();
}

/// Removes the first job of the queue. The caller holds the lock.
std::optional<std::uint64_t> Batch::first_waiting() {
  if (waiting_.empty() || stopped_) return {};
  const std::uint64_t index = waiting_.front();
  waiting_.pop_front();
  return index;
}

/// Keeps the current exception unless a job of a lower index has failed.
void Batch::fail(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  if (on_error_ == OnError::stop) stopped_ = true;
  if (!error_ || index < failed_) {
    failed_ = index;
    error_ = std::current_exception();
  }
  for_workers_.notify_all();
}

void Batch::look() {
  if (look_(steps_done()) == Observer::Outcome::stop) stop();
}

void Batch::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for_workers_.notify_all();
}

std::uint64_t Batch::steps_done() {
  const std::lock_guard lock(mutex_);
  std::uint64_t done = done_before_;
  for (const Job* job : running_) done += job->done();
  return done;
}

void Batch::expect_more(bool more) {
  const std::lock_guard lock(mutex_);
  more_ = more;
  for_workers_.notify_all();
}

void Batch::add(std::span<const std::uint64_t> jobs, bool first) {
  const std::lock_guard lock(mutex_);
  waiting_.insert(first ? waiting_.begin() : waiting_.end(), jobs.begin(), jobs.end());
  for_workers_.notify_all();
}

std::size_t Batch::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::optional<std::uint64_t> Batch::take() {
  const std::lock_guard lock(mutex_);
  return first_waiting();
}

std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> found(end - first);
  std::iota(found.begin(), found.end(), first);
  return found;
}

std::size_t thread_count(std::size_t threads) {
  if (threads > most_threads) {
    throw ParameterError(formatted("threads = {}", threads), formatted("must be at most {}", most_threads),
                         "more than there are processors gain nothing");
  }
  return threads == 0 ? team::available_processors() : threads;
}

double bytes_of(const State& state) {
  const std::size_t synapses = state.wee->synapse_count() + state.wei->synapse_count() + state.wie->synapse_count();
  return network_bytes(static_cast<double>(synapses), static_cast<double>(state.ne() + state.ni()));
}

void require_memory(std::string_view what, double bytes, std::string_view advice) {
  const double available = physical_memory_bytes();
  if (bytes <= available) return;
  throw ParameterError(formatted("{} would need {:.3g} GB", what, bytes / 1e9),
                       formatted("this machine has {:.3g} GB", available / 1e9), std::string(advice));
}

namespace {

/// Counts what the measures of a run need, and computes them at its end.
class Meter {
public:
  Meter(const Measuring& measuring, const State& state, std::uint64_t steps)
      : measuring_(measuring), counter_(state.ne(), state.ni(), measuring.options.skip) {
    const bool needs_train = std::ranges::any_of(measuring.statistics, [](const std::string& statistic) {
      return measure_named(statistic).needs == MeasureNeeds::spike_train;
    });
    if (needs_train) counter_.keep_train(steps);
  }

  Observer* observer() noexcept { return &counter_; }

  RunEnd end(const State& state, std::uint64_t steps, bool complete) const {
    RunEnd end{.seed = state.seed, .steps = steps, .complete = complete};
    if (!complete && !measuring_.of_part) return end;
    const StatisticsOptions& options = measuring_.options;
    analysis::RunRecord record(
        counter_.observed(state),
        {.fano_window = options.window, .lag = options.lag, .avalanche_threshold = options.threshold});
    end.values = analysis::values(measuring_.statistics, record);
    return end;
  }

private:
  const Measuring& measuring_;
  analysis::RunCounter counter_;
};

}  // namespace

Network network_of(const Parameters& parameters, const std::optional<State>& state, std::uint64_t seed) {
  if (!state) return {parameters, seed};
  Network network(parameters, *state);
  network.reseed(seed);
  return network;
}

RunEnd make_run(Network network, const RunPlan& plan, const Measuring& measuring, Observer* watch) {
  Recorder recorder(network, plan.record, plan.steps, ActivityFormat::byte, plan.options.signals.size(),
                    measure_names());
  OnlineStatistics statistics(network, plan.record, recorder);
  Meter meter(measuring, network.state(), plan.steps);
  const std::array<Observer*, 3> observers{&statistics, meter.observer(), watch};
  RunOptions options = plan.options;
  options.undo = true;  // after an error nobody has the network
  const std::uint64_t steps = network.run(plan.steps, options, std::span(observers).first(watch != nullptr ? 3 : 2));
  RunEnd end = meter.end(network.state(), steps, steps == plan.steps);
  end.network.emplace(std::move(network));
  end.recordings = recorder.take();
  return end;
}

RunEnd make_run(FileRun run, const Measuring& measuring, Observer* watch) {
  const std::uint64_t before = run.steps_done();
  const std::uint64_t all = run.plan().steps;
  Meter meter(measuring, run.network().state(), all - before);
  const std::array<Observer*, 2> observers{meter.observer(), watch};
  run.run(std::span(observers).first(watch != nullptr ? 2 : 1));
  return meter.end(run.network().state(), run.steps_done() - before, run.steps_done() == all);
}

}  // namespace sorn::runs
