// Checks the invariants of a SynapseMatrix.
#pragma once

#include "core/synapse_slice.hpp"
#include "kernels/columns.hpp"

#include <sorn/synapses.hpp>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace sorn::test {

/// The entries of a matrix that have been visited.
class Places {
public:
  /// Adds a place. @returns false if the place was already there
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

/// Describes the first error in the columns of a slice or in its index of outgoing synapses; empty if there is none.
inline std::string inconsistency(const SynapseSlice& slice, Plasticity plasticity, Zeros zeros) {
  const kernels::ConstColumns columns = slice.columns();
  Places entries;  // of all columns with their last blocks: no two columns may share an entry
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
      if (k < length && !(zeros == Zeros::kept ? weight >= 0.0 : weight > 0.0))
        return fmt::format("column {}: synapse {} weighs {}", i, k, weight);
      if (k > 0 && k < length && columns.pre[first + k - 1] >= columns.pre[first + k]) {
        return fmt::format("column {} does not ascend at {}", i, k);
      }
    }
  }
  if (count != slice.synapse_count()) return fmt::format("{} synapses, counted as {}", count, slice.synapse_count());
  if (plasticity == Plasticity::fixed) return {};

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

/// Describes the first error in the slices of a matrix; empty if there is none.
inline std::string inconsistency(const SynapseMatrix& matrix, Zeros zeros = Zeros::dropped) {
  std::size_t next = matrix.posts().begin;
  for (std::size_t k = 0; k < matrix.slices(); ++k) {
    const SynapseSlice& slice = matrix.slice(k);
    if (slice.posts().begin != next) return fmt::format("slice {} begins at {}", k, slice.posts().begin);
    next = slice.posts().end;
    if (const std::string wrong = inconsistency(slice, matrix.plasticity(), zeros); !wrong.empty()) {
      return fmt::format("slice {}: {}", k, wrong);
    }
  }
  return next == matrix.posts().end ? "" : "the slices end too early";
}

}  // namespace sorn::test
