#include "kernels/structural.hpp"

#include "kernels/random.hpp"

namespace sorn::kernels {

std::optional<Pair> absent_pair(const ConstColumns& synapses, std::uint64_t word) noexcept {
  const std::uint64_t possible = synapses.n_pre - 1;  // a column's pairs without the self-connection
  std::uint64_t absent = 0;
  for (std::size_t post = 0; post < synapses.n_post; ++post) absent += possible - synapses.length[post];
  if (absent == 0) return std::nullopt;

  std::uint64_t rank = below(absent, word);
  std::size_t post = 0;
  while (rank >= possible - synapses.length[post]) rank -= possible - synapses.length[post++];

  // The presynaptic unit is the rank-th one that is neither the unit itself nor a partner already: every taken index
  // at or below the candidate pushes it up by one. Partners ascend, and `post` itself takes its place among them.
  const std::uint32_t* partner = synapses.pre + synapses.start[post];
  const std::uint32_t* const end = partner + synapses.length[post];
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
  return Pair{static_cast<std::size_t>(pre), post};
}

}  // namespace sorn::kernels
