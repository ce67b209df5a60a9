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

// A look takes about 25 nanoseconds.
constexpr std::uint32_t fewest_looks = 40;
constexpr std::uint32_t most_looks = 8000;
constexpr std::uint32_t times_usual = 4;  // a wait that is this much longer than usual ends in sleep
constexpr std::uint32_t first_usual = 125;
constexpr std::uint32_t averaged = 16;  // a wait counts a sixteenth in the average

Barrier::Barrier() noexcept : usual_(averaged * first_usual) {}

void Barrier::wait() noexcept {
  const std::uint32_t round = round_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    round_.notify_all();
    return;
  }
  // Threads may overwrite each other's averages: any of them will do.
  const std::uint32_t usual = usual_.load(std::memory_order_relaxed);
  const std::uint32_t looks = std::clamp(times_usual * (usual / averaged), fewest_looks, most_looks);
  std::uint32_t look = 0;
  while (look < looks && round_.load(std::memory_order_acquire) == round) {
    ++look;
    pause();
  }
  usual_.store(usual - usual / averaged + look, std::memory_order_relaxed);
  if (look < looks) return;
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
