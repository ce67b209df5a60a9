// Threads that go through the steps of a network together.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sorn {

/// Where threads wait for each other. OpenMP's own barrier spins for milliseconds, which on a processor that has other
/// work keeps away the very thread that it waits for; this one soon sleeps.
class Barrier {
public:
  /// So many threads are going to wait. Called once, before they do.
  void expect(std::size_t threads) noexcept { threads_ = static_cast<std::uint32_t>(threads); }

  /// Returns when all threads have called it; what any of them wrote before, all can read afterwards.
  void wait() noexcept;

private:
  std::uint32_t threads_ = 1;
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<std::uint32_t> round_{0};
};

/// Threads that a run may use when nobody says how many: those that OpenMP would take, which heeds OMP_NUM_THREADS and
/// the processors that a scheduler has given to this process.
std::size_t usual_threads() noexcept;

/// A run's threads. Which of them does what is fixed by their numbers, so that nothing depends on chance.
class Team {
public:
  /// Calls body(team) on up to `size` threads of OpenMP at once, of which the caller is one; body must not throw.
  template <class Body>
  static void run(std::size_t size, Body&& body);

  /// Number of this thread, from 0, and how many there are.
  std::size_t number() const noexcept { return number_; }
  std::size_t size() const noexcept { return size_; }

  /// Waits until all threads are here, lets the caller's thread of run() do `work`, and all wait for that.
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
