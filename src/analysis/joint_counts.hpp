// How often pairs of units fire together.
#pragma once

#include <sorn/spike_train.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::analysis {

/// Rows of bits, one for each unit: words [0, words) of each count.
struct BitRows {
  const SpikeTrain::Word* data = nullptr;
  std::size_t rows = 0;
  std::size_t words = 0;
  std::size_t stride = 0;  ///< words from one row to the next

  const SpikeTrain::Word* row(std::size_t index) const noexcept { return data + index * stride; }
};

/// Adds to joint[i · rows + j], for i < j and i from `begin` to before `end`, the number of bits that are set in both
/// rows. All rows together should fit into the cache. The numbers are the same on all processors.
void add_joint_counts(const BitRows& bits, std::span<std::uint64_t> joint, std::size_t begin, std::size_t end) noexcept;
/// The same for all rows.
inline void add_joint_counts(const BitRows& bits, std::span<std::uint64_t> joint) noexcept {
  add_joint_counts(bits, joint, 0, bits.rows);
}

}  // namespace sorn::analysis
