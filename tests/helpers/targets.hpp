// Running kernels on one of the instruction sets that they are compiled for.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sorn::test {

/// The instruction sets that the kernels are compiled for and this machine has, as Highway numbers them, and the one
/// for machines that have none of these.
std::vector<std::int64_t> targets();

/// What Highway calls it: "AVX2".
std::string target_name(std::int64_t target);

/// The instruction set that a dispatched function runs on now.
std::int64_t running_target();

/// Makes every kernel run on one instruction set while the object lives.
class OnlyTarget {
public:
  explicit OnlyTarget(std::int64_t target);
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;
  ~OnlyTarget();
};

/// Calls body() on each instruction set; a failed expectation says on which.
template <class Body>
void on_every_target(Body body) {
  for (const std::int64_t target : targets()) {
    const OnlyTarget only(target);
    SCOPED_TRACE(target_name(target));
    body();
  }
}

}  // namespace sorn::test
