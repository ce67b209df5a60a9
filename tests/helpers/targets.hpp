// Runs kernels on a chosen instruction set.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sorn::test {

/// The instruction sets of the compiled kernels that this machine supports, and the fallback for machines that support
/// none of them, as Highway's numbers.
std::vector<std::int64_t> targets();

/// Highway's name of an instruction set, such as "AVX2".
std::string target_name(std::int64_t target);

/// The instruction set that dispatched functions currently use.
std::int64_t running_target();

/// Makes every kernel use one instruction set during the object's lifetime.
class OnlyTarget {
public:
  explicit OnlyTarget(std::int64_t target);
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;
  ~OnlyTarget();
};

/// Calls body() on each instruction set. A failed expectation names the instruction set.
template <class Body>
void on_every_target(Body body) {
  for (const std::int64_t target : targets()) {
    const OnlyTarget only(target);
    SCOPED_TRACE(target_name(target));
    body();
  }
}

}  // namespace sorn::test
