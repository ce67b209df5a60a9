// Batches: independent runs on several threads. An ensemble is a batch of replicas, a sweep one of points and seeds.
#pragma once

#include <sorn/file_run.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/state.hpp>
#include <sorn/sweep_design.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::runs {

inline constexpr std::chrono::microseconds usual_interval = std::chrono::milliseconds(100);

/// Carries out jobs, each known by a number, on threads of its own. The caller's thread only looks after them, so that
/// whatever the caller gave is called there: what to do with a job that has ended, signals, progress, messages.
class Batch {
public:
  /// What is to be done in the caller's thread once a job has ended; may be empty.
  using Finish = std::function<void()>;
  /// Does a job, in a thread of the batch. What it runs has the observer, by which steps are counted and runs stopped.
  using Task = std::function<Finish(std::uint64_t index, Observer& job)>;
  /// Looks after the jobs, which have done so many steps together; `stop` stops all of them.
  using Look = std::function<Observer::Outcome(std::uint64_t steps_done)>;

  /// What becomes of the other jobs that have begun when one fails.
  enum class OnError : std::uint8_t { stop, finish };

  /// @param threads  jobs at a time; 0: as many as there are processors
  Batch(std::size_t threads, Look look, OnError on_error = OnError::stop,
        std::chrono::microseconds interval = usual_interval);

  /// Does the jobs, which begin in this order, and those that are added meanwhile. Looks at the beginning, and then
  /// every now and then.
  /// @throws what a task throws, when all jobs have ended; if several fail, the error of the lowest index
  /// @throws what a look or a Finish throws, when all jobs have stopped
  void run(std::span<const std::uint64_t> jobs, const Task& task);

  // For looks and finishes:
  void look();
  /// Lets no other job begin, and those that run stop.
  void stop() noexcept;
  bool stopped() const noexcept { return stopped_; }
  /// Says whether more jobs may come, for which the threads wait.
  void expect_more(bool more);
  /// Adds jobs behind those that wait, or before them.
  void add(std::span<const std::uint64_t> jobs, bool first = false);
  /// Jobs that have not begun.
  std::size_t waiting();
  /// Takes away the job that would begin next.
  std::optional<std::uint64_t> take();

private:
  class Job;

  std::uint64_t steps_done();
  void finish_all();
  void work(const Task& task) noexcept;
  std::optional<std::uint64_t> next();
  std::optional<std::uint64_t> first_waiting();
  void fail(std::uint64_t index);

  std::size_t threads_;
  Look look_;
  OnError on_error_;
  std::chrono::microseconds interval_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;  // of all that follows
  std::condition_variable for_workers_;
  std::condition_variable for_caller_;
  std::deque<std::uint64_t> waiting_;
  bool more_ = false;
  std::size_t working_ = 0;  // threads
  std::deque<Finish> finishes_;
  std::vector<const Job*> running_;
  std::uint64_t done_before_ = 0;  // steps of jobs that have ended
  std::exception_ptr error_;
  std::uint64_t failed_ = 0;  // the lowest index that has failed
};

/// The numbers from `first` up to `end`, which is not among them.
std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t end);

/// The number of threads that 0 stands for, or what is given. @throws ParameterError beyond most_threads
std::size_t thread_count(std::size_t threads);

/// The bytes that a network in this state takes, about.
double bytes_of(const State& state);

/// Refuses a batch that needs more memory than this machine has. @throws ParameterError
void require_memory(std::string_view what, double bytes, std::string_view advice);

/// What is measured of each run.
struct Measuring {
  std::vector<std::string> statistics{};
  StatisticsOptions options{};
  bool of_part = false;  ///< also of a run that was stopped
};

/// What a run left.
struct RunEnd {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;  ///< done in this call
  bool complete = false;
  std::vector<double> values{};  ///< of what was measured, NaN where it is not defined; may be empty if not complete
  std::optional<Network> network{};
  std::vector<Recording> recordings{};
};

/// What a run begins with: a new network, or a state that goes on under another seed.
Network network_of(const Parameters& parameters, const std::optional<State>& state, std::uint64_t seed);

/// Makes a run of the plan's steps, records what it says, and measures it.
RunEnd make_run(Network network, const RunPlan& plan, const Measuring& measuring, Observer* watch);

/// Makes a run into a file, or goes on with it, and measures it. Network and recordings are in the file.
RunEnd make_run(FileRun run, const Measuring& measuring, Observer* watch);

}  // namespace sorn::runs
