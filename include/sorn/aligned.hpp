// Memory for vectors of numbers that begin with a cache line.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace sorn {

/// Allocates at multiples of 64 bytes, so that a vector of a kernel never straddles two cache lines.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
  void deallocate(T* memory, std::size_t /*n*/) noexcept { ::operator delete(memory, alignment); }
  bool operator==(const AlignedAllocator& /*other*/) const noexcept { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace sorn
