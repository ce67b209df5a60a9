#include "team/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace sorn::team {

std::size_t available_processors() noexcept {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

std::size_t for_each_task(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& run,
                          const std::function<bool()>& stop) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> ended{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr first_error;
  std::size_t first_failed = count;

  const auto work = [&] {
    while (!failed && !(stop && stop())) {
      const std::size_t task = next++;
      if (task >= count) return;
      try {
        run(task);
        ++ended;
      } catch (...) {
        const std::lock_guard lock(mutex);
        failed = true;
        if (task < first_failed) {
          first_failed = task;
          first_error = std::current_exception();
        }
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t k = 1; k < std::min(threads, count); ++k) others.emplace_back(work);
    work();
  }
  if (first_error) std::rethrow_exception(first_error);
  return ended;
}

}  // namespace sorn::team
