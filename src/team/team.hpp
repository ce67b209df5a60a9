// Threads that work together on the steps of a network.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sorn {

/// A barrier at which threads wait for each other. OpenMP's barrier spins for milliseconds. If the processor has other
/// work, this keeps the awaited thread from running. This barrier learns how long threads with equal work wait, and
/// sleeps after a few times as long: then the awaited thread is probably not running, and gets this processor.
class Barrier {
public:
  Barrier() noexcept;
  /// Sets the number of threads that will wait. Called once, before they wait.
  void expect(std::size_t threads) noexcept { threads_ = static_cast<std::uint32_t>(threads); }

  /// Returns when all threads have called it. All threads then see what any of them wrote before.
  void wait() noexcept;

private:
  std::uint32_t threads_ = 1;
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> usual_;  // a moving average of the looks of a wait, times `averaged`
};

/// The default number of threads of a run: as many as OpenMP would use. OpenMP respects OMP_NUM_THREADS and the
/// processors that a scheduler has given to this process.
std::size_t usual_threads() noexcept;

/// The threads of a run. Their numbers determine what each of them does, so that the work is always divided in the same
/// way.
class Team {
public:
  /// Calls body(team) on up to `size` threads of OpenMP at the same time, including the caller's. body must not throw.
  template <class Body>
  static void run(std::size_t size, Body&& body);

  /// The number of this thread, from 0 on, and the number of threads.
  std::size_t number() const noexcept { return number_; }
  std::size_t size() const noexcept { return size_; }

  /// Waits for all threads, then does `work` on the thread that called run(), while the others wait.
  template <class Work>
  void together(Work&& work) const {
    if (size_ == 1) {
      work();
      return;
    }
    barrier_->wait();
    if (number_ == 0) work();
    barrier_->wait();
  }

private:
  Team(std::size_t number, std::size_t size, Barrier* barrier) noexcept
      : number_(number), size_(size), barrier_(barrier) {}
  static std::size_t own_number() noexcept;
  static std::size_t own_size() noexcept;
  static int possible(std::size_t size) noexcept;

  std::size_t number_;
  std::size_t size_;
  Barrier* barrier_;
};

template <class Body>
void Team::run(std::size_t size, Body&& body) {
  const int threads = possible(size);
  if (threads == 1) {
    body(Team(0, 1, nullptr));
    return;
  }
  Barrier barrier;
#pragma omp parallel num_threads(threads) default(none) shared(body, barrier)
  {
#pragma omp single
    barrier.expect(own_size());  // OpenMP may give fewer threads than asked for
    body(Team(own_number(), own_size(), &barrier));
  }
}

}  // namespace sorn
