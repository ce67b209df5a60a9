// `sorn doctor`: what this installation is made of, and whether it computes the bits that it must.
#pragma once

#include "cli/cli.hpp"

#include <sorn/variant.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace sorn::cli {

/// A short run, and the hash that it must have.
struct SelfTest {
  VariantName variant;
  std::uint64_t expected;
  std::function<std::uint64_t()> run;
};

/// A short run of each published variant, on one thread and on two.
std::vector<SelfTest> self_tests();

/// Prints all about this installation. Returns `internal_bug` if a self-test gives another hash.
int examine(const std::vector<SelfTest>& tests, bool as_json, const Environment& environment);

}  // namespace sorn::cli
