// Work that several threads share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace sorn {

/// Calls `work()` in several threads at once, at most `tasks`, and throws what the first of them threw that failed.
/// `threads` 0: one for each processor.
template <class Work>
void in_threads(std::size_t threads, std::size_t tasks, const Work& work) {
  const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
  const std::size_t wanted = std::min(threads == 0 ? processors : threads, tasks);
  std::exception_ptr error;
  std::mutex changing;
  const auto guarded = [&]() noexcept {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(changing);
      if (!error) error = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  others.reserve(wanted);
  for (std::size_t k = 1; k < wanted; ++k) others.emplace_back(guarded);
  guarded();
  others.clear();  // waits
  if (error) std::rethrow_exception(error);
}

}  // namespace sorn
