#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <unistd.h>

#include "support/format.hpp"

namespace sorn {

double physical_memory_bytes() noexcept {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_size = sysconf(_SC_PAGE_SIZE);
  // If the system does not say how much memory it has, nothing is refused here; the allocation may fail later.
  if (pages <= 0 || page_size <= 0) return 1e18;
  return static_cast<double>(pages) * static_cast<double>(page_size);
}

void require_memory(double bytes, std::string_view what) {
  const double there = physical_memory_bytes();
  if (bytes <= there) return;
  throw IoError(formatted("{} needs {:.3g} GB of memory", what, bytes / 1e9),
                formatted("this machine has {:.3g} GB", there / 1e9));
}

}  // namespace sorn
