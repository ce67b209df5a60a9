// Replicas at work, and who watches them.
#pragma once

#include <sorn/ensemble.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace sorn::runs {

/// Threads that run replicas, while the thread of the caller does nothing but watch: only so does it see to signals and
/// to progress until the last replica has ended.
class Crew {
public:
  /// Counts the steps of one run, and stops it when the crew is to stop. For the stack of the thread that runs.
  class alignas(64) Member final : public Observer {  // on a cache line of its own, since all threads count
  public:
    explicit Member(Crew& crew);
    ~Member() override;
    Outcome on_step(const StepView& view) override;

  private:
    friend class Crew;
    Crew& crew_;
    std::atomic<std::uint64_t> done_{0};
  };

  /// @param threads  0: as many as there are processors
  Crew(std::size_t threads, std::uint64_t total_steps, const EnsembleWatch& watch);

  /// Runs task(k) for every k in [0, count). @throws what a task or the watch throws, when all tasks have ended
  void run(std::uint64_t count, const std::function<void(std::uint64_t)>& task);

  /// Lets no other task begin, and those that run stop.
  void stop() noexcept { stopped_ = true; }
  bool stopped() const noexcept { return stopped_; }
  /// Calls the watch once more. @throws what it throws
  void report_end();

private:
  std::uint64_t steps_done();
  void look();

  std::size_t threads_;
  std::uint64_t total_;
  const EnsembleWatch& watch_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<const Member*> members_;  // that run now
  std::uint64_t done_before_ = 0;       // steps of those that ran
};

}  // namespace sorn::runs
