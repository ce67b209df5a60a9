#include "team/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace sorn::team {

std::size_t available_processors() noexcept {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&allowed)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace sorn::team
