#include "analysis/joint_counts.hpp"

#include <bit>

namespace sorn::analysis {

namespace {

[[gnu::always_inline]] inline void count_joint(const BitRows& bits, std::span<std::uint64_t> joint, std::size_t begin,
                                               std::size_t end) noexcept {
  constexpr std::size_t side = 4;  // rows j at a time, so that a word of row i is loaded once for all
  const std::size_t n = bits.rows;
  for (std::size_t i = begin; i < end; ++i) {
    const SpikeTrain::Word* const a = bits.row(i);
    std::size_t j = i + 1;
    for (; j + side <= n; j += side) {
      const SpikeTrain::Word* const b0 = bits.row(j);
      const SpikeTrain::Word* const b1 = bits.row(j + 1);
      const SpikeTrain::Word* const b2 = bits.row(j + 2);
      const SpikeTrain::Word* const b3 = bits.row(j + 3);
      std::uint64_t c0 = 0;
      std::uint64_t c1 = 0;
      std::uint64_t c2 = 0;
      std::uint64_t c3 = 0;
      for (std::size_t w = 0; w < bits.words; ++w) {
        c0 += static_cast<std::uint64_t>(std::popcount(a[w] & b0[w]));
        c1 += static_cast<std::uint64_t>(std::popcount(a[w] & b1[w]));
        c2 += static_cast<std::uint64_t>(std::popcount(a[w] & b2[w]));
        c3 += static_cast<std::uint64_t>(std::popcount(a[w] & b3[w]));
      }
      joint[i * n + j] += c0;
      joint[i * n + j + 1] += c1;
      joint[i * n + j + 2] += c2;
      joint[i * n + j + 3] += c3;
    }
    for (; j < n; ++j) {
      const SpikeTrain::Word* const b = bits.row(j);
      std::uint64_t c = 0;
      for (std::size_t w = 0; w < bits.words; ++w) c += static_cast<std::uint64_t>(std::popcount(a[w] & b[w]));
      joint[i * n + j] += c;
    }
  }
}

// The same loop, compiled for several instruction sets. Counts are whole numbers, so that all give the same result.
using CountJoint = void (*)(const BitRows&, std::span<std::uint64_t>, std::size_t, std::size_t) noexcept;

void count_joint_plain(const BitRows& bits, std::span<std::uint64_t> joint, std::size_t begin,
                       std::size_t end) noexcept {
  count_joint(bits, joint, begin, end);
}

#if defined(__x86_64__)
[[gnu::target("popcnt")]] void count_joint_popcnt(const BitRows& bits, std::span<std::uint64_t> joint,
                                                  std::size_t begin, std::size_t end) noexcept {
  count_joint(bits, joint, begin, end);
}

[[gnu::target("popcnt,avx512f,avx512vpopcntdq")]] void count_joint_avx512(const BitRows& bits,
                                                                          std::span<std::uint64_t> joint,
                                                                          std::size_t begin, std::size_t end) noexcept {
  count_joint(bits, joint, begin, end);
}
#endif

CountJoint fastest_joint_count() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq") != 0) return count_joint_avx512;
  if (__builtin_cpu_supports("popcnt") != 0) return count_joint_popcnt;
#endif
  return count_joint_plain;
}

}  // namespace

void add_joint_counts(const BitRows& bits, std::span<std::uint64_t> joint, std::size_t begin,
                      std::size_t end) noexcept {
  fastest_joint_count()(bits, joint, begin, end);
}

}  // namespace sorn::analysis
