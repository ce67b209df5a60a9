// Threads that go through the steps of a network together.
#pragma once

#include <cstddef>

namespace sorn {

/// Threads that a run may use when nobody says how many: those that OpenMP would take, which heeds OMP_NUM_THREADS and
/// the processors that a scheduler has given to this process.
std::size_t usual_threads() noexcept;

/// A run's threads. Which of them does what is fixed by their numbers, so that nothing depends on chance.
class Team {
public:
  /// Calls body(team) on up to `size` threads at once, of which the caller is one; body must not throw.
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
#pragma omp barrier
    if (number_ == 0) work();
#pragma omp barrier
  }

private:
  Team(std::size_t number, std::size_t size) noexcept : number_(number), size_(size) {}
  static std::size_t own_number() noexcept;
  static std::size_t own_size() noexcept;
  static std::size_t possible(std::size_t size) noexcept;

  std::size_t number_;
  std::size_t size_;
};

template <class Body>
void Team::run(std::size_t size, Body&& body) {
  const auto threads = static_cast<int>(possible(size));
  if (threads == 1) {
    body(Team(0, 1));
    return;
  }
#pragma omp parallel num_threads(threads) default(none) shared(body)
  body(Team(own_number(), own_size()));
}

}  // namespace sorn
