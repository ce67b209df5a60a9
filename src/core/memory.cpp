#include "core/memory.hpp"

#include <unistd.h>

namespace sorn {

double physical_memory_bytes() noexcept {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGE_SIZE);
  // A system that does not say is not held against the user: the allocation itself will tell.
  if (pages <= 0 || page_size <= 0) return 1e18;
  return static_cast<double>(pages) * static_cast<double>(page_size);
}

}  // namespace sorn
