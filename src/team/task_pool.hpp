// Independent tasks on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace sorn::team {

/// The processors that this process may use, at least 1: its affinity, which cluster schedulers set, counts.
std::size_t available_processors() noexcept;

/// Calls run(k) for every k in [0, count), each once, on up to `threads` threads, of which the caller is one. Tasks
/// begin in ascending order; which thread takes which is left to chance, so that nothing may depend on it.
/// @param stop  asked before each task begins; once it says true, no other begins
/// @returns how many tasks have ended
/// @throws what a task threw, when those that had begun have ended; no other begins. If several fail, the error of the
/// lowest k
std::size_t for_each_task(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& run,
                          const std::function<bool()>& stop = {});

}  // namespace sorn::team
