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

/// Runs numbered jobs on its own threads. The caller's thread waits for them and calls the caller's functions: a Finish
/// for each job that has ended, and looks, which serve signals, progress and messages.
class Batch {
public:
  /// Is called in the caller's thread when a job has ended; may be empty.
  using Finish = std::function<void()>;
  /// Does a job, in a thread of the batch. The job's run needs the observer `job`, which counts its steps and can stop
  /// it.
  using Task = std::function<Finish(std::uint64_t index, Observer& job)>;
  /// Receives the number of steps that all jobs together have done; `stop` stops all jobs.
  using Look = std::function<Observer::Outcome(std::uint64_t steps_done)>;

  /// What the other running jobs do when one fails.
  enum class OnError : std::uint8_t { stop, finish };

  /// @param threads  number of jobs at a time; 0: one for each processor
  Batch(std::size_t threads, Look look, OnError on_error = OnError::stop,
        std::chrono::microseconds interval = usual_interval);

  /// Runs the jobs, which begin in this order, and the jobs that are added meanwhile. Calls the look at the beginning
  /// and then once per interval.
  /// @throws the exception of a task, when all jobs have ended; if several fail, that of the lowest index
  /// @throws the exception of a look or a Finish, when all jobs have stopped
  void run(std::span<const std::uint64_t> jobs, const Task& task);

  // The following functions are for looks and finishes.
  void look();
  /// Stops the running jobs; no other job begins.
  void stop() noexcept;
  bool stopped() const noexcept { return stopped_; }
  /// Sets whether more jobs may be added. If so, idle threads wait for them.
  void expect_more(bool more);
  /// Adds jobs at the end of the queue, or at its front.
  void add(std::span<const std::uint64_t> jobs, bool first = false);
  /// The number of jobs that have not begun.
  std::size_t waiting();
  /// Removes the job that would begin next, and returns it.
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
  std::mutex mutex_;  // protects the following members
  std::condition_variable for_workers_;
  std::condition_variable for_caller_;
  std::deque<std::uint64_t> waiting_;
  bool more_ = false;
  std::size_t working_ = 0;  // number of threads
  std::deque<Finish> finishes_;
  std::vector<const Job*> running_;
  std::uint64_t done_before_ = 0;  // steps of jobs that have ended
  std::exception_ptr error_;
  std::uint64_t failed_ = 0;  // the lowest index that has failed
};

/// The numbers from `first` to `end` - 1.
std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t end);

/// The number of processors for 0, else `threads`. @throws ParameterError beyond most_threads
std::size_t thread_count(std::size_t threads);

/// The approximate number of bytes that a network in this state takes.
double bytes_of(const State& state);

/// Refuses a batch that needs more memory than this machine has. @throws ParameterError
void require_memory(std::string_view what, double bytes, std::string_view advice);

/// The measures to compute for each run.
struct Measuring {
  std::vector<std::string> statistics{};
  StatisticsOptions options{};
  bool of_part = false;  ///< measures a stopped run, too
};

/// The result of a run.
struct RunEnd {
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;  ///< done in this call
  bool complete = false;
  std::vector<double> values{};  ///< of the measures, NaN if undefined; may be empty if not complete
  std::optional<Network> network{};
  std::vector<Recording> recordings{};
};

/// The network with which a run begins: a new one, or one that continues from a state with another seed.
Network network_of(const Parameters& parameters, const std::optional<State>& state, std::uint64_t seed);

/// Runs the plan's steps, records the plan's quantities, and computes the measures.
RunEnd make_run(Network network, const RunPlan& plan, const Measuring& measuring, Observer* watch);

/// Starts or resumes a run into a file, and computes the measures. The network and the recordings are in the file.
RunEnd make_run(FileRun run, const Measuring& measuring, Observer* watch);

}  // namespace sorn::runs
