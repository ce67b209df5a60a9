#include "support/aligned.hpp"

#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace sorn {

namespace {

constexpr std::size_t large_page = std::size_t{1} << 21U;

std::align_val_t alignment(std::size_t bytes) noexcept {
  return std::align_val_t{bytes < large_page ? 64 : large_page};
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  void* const memory = ::operator new(bytes, alignment(bytes));
#ifdef __linux__
  if (bytes >= large_page) ::madvise(memory, bytes, MADV_HUGEPAGE);  // a hint; without it the program only runs slower
#endif
  return memory;
}

void free_aligned(void* memory, std::size_t bytes) noexcept { ::operator delete(memory, alignment(bytes)); }

}  // namespace sorn
