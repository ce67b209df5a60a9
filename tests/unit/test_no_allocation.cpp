// Nothing in a step allocates. This file replaces the global allocation functions to count.
#include <sorn/network.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

// The replacements pair malloc with free; where one of them is inlined and the other is not, g++ sees only half.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sorn {
namespace {

TEST(Step, DoesNotAllocate) {
  Network network(Parameters{}, 7);
  const std::vector<double> u(10, 0.3);
  const RunOptions options{.inputs = {u.data(), 10, 2000, 1, 0}};
  network.run(1, options);
  const std::size_t before = allocations;
  network.run(500, options);
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_EQ(network.state().step, 501U);
}

}  // namespace
}  // namespace sorn
