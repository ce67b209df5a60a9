#include "team/team.hpp"

#ifdef _OPENMP
#include <omp.h>
#include <pthread.h>
#endif

#include <algorithm>
#include <atomic>

namespace sorn {

namespace {

#ifdef _OPENMP
std::atomic<bool> is_fork{false};
#endif

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void Barrier::wait() noexcept {
  constexpr int looks = 2000;  // about 50 microseconds, longer than threads with equal work usually wait
  const std::uint32_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    round_.notify_all();
    return;
  }
  for (int look = 0; look < looks; ++look) {
    if (round_.load(std::memory_order_acquire) != round) return;
    pause();
  }
  round_.wait(round, std::memory_order_acquire);
}

#ifdef _OPENMP
std::size_t usual_threads() noexcept { return static_cast<std::size_t>(std::max(1, omp_get_max_threads())); }

std::size_t Team::own_number() noexcept { return static_cast<std::size_t>(omp_get_thread_num()); }
std::size_t Team::own_size() noexcept { return static_cast<std::size_t>(omp_get_num_threads()); }

int Team::possible(std::size_t size) noexcept {
  if (size <= 1) return 1;
  // OpenMP in a forked process still counts the threads of the parent, which do not exist there, and would wait for
  // them for ever. So a forked process uses one thread, with the same bits.
  static const int watching = pthread_atfork(nullptr, nullptr, [] { is_fork.store(true, std::memory_order_relaxed); });
  return watching != 0 || is_fork.load(std::memory_order_relaxed) ? 1 : static_cast<int>(size);
}

#else  // as in a browser: one thread

std::size_t usual_threads() noexcept { return 1; }
std::size_t Team::own_number() noexcept { return 0; }
std::size_t Team::own_size() noexcept { return 1; }
int Team::possible(std::size_t /*size*/) noexcept { return 1; }

#endif

}  // namespace sorn
