// Aligned memory for the vectors of numbers in kernels.
#pragma once

#include <cstddef>
#include <vector>

namespace sorn {

/// Memory that begins at a cache line, so that no vector of a kernel lies in two. Large blocks use large pages if the
/// system has them: synapses are visited in random order, and the processor can hold the addresses of only a few small
/// pages at a time. @throws std::bad_alloc
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
