// What must hold inside a SynapseMatrix whatever has been done to it.
#pragma once

#include "kernels/columns.hpp"

#include <sorn/synapses.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace sorn::test {

/// Entries of a matrix that have been met.
class Places {
public:
  /// Adds a place. @returns false if it was there already
  bool insert(std::size_t place) {
    if (place >= taken_.size()) taken_.resize(2 * place + 1, false);
    if (taken_[place]) return false;
    taken_[place] = true;
    ++size_;
    return true;
  }
  std::size_t size() const { return size_; }

private:
  std::vector<bool> taken_;
  std::size_t size_ = 0;
};

/// What is wrong with the columns of a matrix, or with its index of outgoing synapses; empty if nothing is.
inline std::string inconsistency(const SynapseMatrix& matrix) {
  const kernels::ConstColumns columns = matrix.columns();
  Places entries;  // of all columns with their last blocks: no two may share one
  std::size_t count = 0;
  for (std::size_t i = 0; i < columns.n_post; ++i) {
    const std::uint32_t first = columns.start[i];
    const std::uint32_t length = columns.length[i];
    count += length;
    if (first % kernels::block != 0) return fmt::format("column {} starts at {}", i, first);
    for (std::uint32_t k = 0; k < kernels::in_blocks(length); ++k) {
      if (!entries.insert(first + k)) return fmt::format("column {} shares entry {}", i, first + k);
      const double weight = columns.weight[first + k];
      if (k >= length && weight != 0.0) return fmt::format("column {}: free entry {} weighs {}", i, k, weight);
      if (k < length && !(weight > 0.0)) return fmt::format("column {}: synapse {} weighs {}", i, k, weight);
      if (k > 0 && k < length && columns.pre[first + k - 1] >= columns.pre[first + k]) {
        return fmt::format("column {} does not ascend at {}", i, k);
      }
    }
  }
  if (count != matrix.synapse_count()) return fmt::format("{} synapses, counted as {}", count, matrix.synapse_count());
  if (matrix.plasticity() == Plasticity::fixed) return {};

  Places listed;
  for (std::size_t j = 0; j < columns.n_pre; ++j) {
    for (const Outgoing synapse : columns.outgoing->of(j)) {
      const std::uint32_t post = synapse.post();
      const std::uint32_t entry = synapse.entry();
      const auto what = [&] { return fmt::format("the index lists {} -> {} at entry {}", j, post, entry); };
      if (post >= columns.n_post) return what();
      if (entry < columns.start[post] || entry >= columns.start[post] + columns.length[post]) return what();
      if (columns.pre[entry] != j) return what();
      if (!listed.insert(entry)) return what() + " twice";
    }
  }
  if (listed.size() != count) return fmt::format("the index lists {} of {} synapses", listed.size(), count);
  return {};
}

}  // namespace sorn::test
