// Independent tasks on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace sorn::team {

/// The number of processors that this process may use, at least 1. It respects the affinity, which schedulers of
/// clusters set.
std::size_t available_processors() noexcept;

/// Calls run(k) once for every k in [0, count), on up to `threads` threads including the caller's. Tasks begin in
/// ascending order. The assignment of tasks to threads is not fixed, so that no result may depend on it.
/// @param stop  called before each task begins; when it returns true, no other task begins
/// @returns the number of tasks that have ended
/// @throws the error of a task, when all tasks that have begun have ended; no other task begins. If several fail, the
/// error of the lowest k
std::size_t for_each_task(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& run,
                          const std::function<bool()>& stop = {});

}  // namespace sorn::team
