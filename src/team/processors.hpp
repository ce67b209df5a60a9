// The processors that there are for threads.
#pragma once

#include <cstddef>

namespace sorn::team {

/// The number of processors that this process may use, at least 1. It respects the affinity, which schedulers of
/// clusters set.
std::size_t available_processors() noexcept;

}  // namespace sorn::team
