#include "kernels/structural.hpp"

namespace sorn::kernels {

std::uint64_t absent_pairs(const ConstColumns& synapses, std::uint64_t synapse_count) noexcept {
  return synapses.n_post * (synapses.n_pre - 1) - synapse_count;  // n_pre − 1: without the self-connection
}

Pair absent_pair(const ConstColumns& synapses, std::uint64_t rank) noexcept {
  const std::uint64_t possible = synapses.n_pre - 1;
  std::size_t column = 0;
  while (rank >= possible - synapses.length[column]) rank -= possible - synapses.length[column++];
  const std::size_t post = synapses.first_post + column;

  // The presynaptic unit is number `rank` among the units that are neither `post` nor partners of it. Every excluded
  // index at or below the candidate raises it by one. Partners ascend, and `post` is inserted among them in order.
  const std::uint32_t* partner = synapses.pre + synapses.start[column];
  const std::uint32_t* const end = partner + synapses.length[column];
  std::uint64_t pre = rank;
  bool self_seen = false;
  while (true) {
    const bool self_next = !self_seen && (partner == end || post < *partner);
    if (self_next) {
      if (post > pre) break;
      self_seen = true;
    } else {
      if (partner == end || *partner > pre) break;
      ++partner;
    }
    ++pre;
  }
  return {static_cast<std::size_t>(pre), post};
}

}  // namespace sorn::kernels
