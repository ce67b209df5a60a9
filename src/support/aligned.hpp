// Memory for vectors of numbers that kernels work on.
#pragma once

#include <cstddef>
#include <vector>

namespace sorn {

/// Memory that begins with a cache line, so that a vector of a kernel never straddles two. Large pieces are made of
/// large pages where the system has them: synapses are visited in random order, and of small pages the processor knows
/// too few at a time. @throws std::bad_alloc
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes) noexcept;

template <class T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) { return static_cast<T*>(allocate_aligned(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t n) noexcept { free_aligned(memory, n * sizeof(T)); }
  bool operator==(const AlignedAllocator& /*other*/) const noexcept { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace sorn
