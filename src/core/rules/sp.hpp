// Structural plasticity of W_EE (docs/model.md, step 7).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/random.hpp"
#include "kernels/structural.hpp"

#include <cstdint>
#include <numeric>

namespace sorn::rules {

/// Makes room for one more synapse, in any column and any row.
inline void make_room(StepData& s) {
  for (Part& part : s.parts) {
    if (!part.may_lack_room) continue;
    SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
    if (!wee.has_spare_room()) wee.make_room();
    part.may_lack_room = false;
  }
}

/// One random block of the step decides whether a synapse is made, and for which absent pair. The absent pairs of all
/// ranks are numbered in the order of their columns. The part that owns the column gets the pair's number within the
/// part.
inline void choose_pair(StepData& s) noexcept {
  const auto words = kernels::random_block(s.state.seed, kernels::Stream::structural, s.state.step, 0);
  const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
  if (kernels::uniform(word64(0)) >= s.parameters.sp_probability) return;

  const SynapseMatrix& wee = *s.state.wee;
  const auto absent_in = [&](const Part& part) {
    const SynapseSlice& slice = wee.slice(part.slice);
    return kernels::absent_pairs(slice.columns(), slice.synapse_count());
  };
  std::uint64_t here = 0;
  for (const Part& part : s.parts) here += absent_in(part);
  std::uint64_t before = 0;
  std::uint64_t all = here;
  if (s.exchange) {
    const auto numbers = s.exchange->numbers(here);
    const auto own = numbers.begin() + static_cast<std::ptrdiff_t>(s.exchange->rank());
    all = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
    before = std::accumulate(numbers.begin(), own, std::uint64_t{0});
  }
  if (all == 0) return;
  std::uint64_t pair = kernels::below(all, word64(2));
  if (pair < before || pair >= before + here) return;
  pair -= before;
  for (Part& part : s.parts) {
    const std::uint64_t absent = absent_in(part);
    if (pair < absent) {
      part.new_pair = pair;
      return;
    }
    pair -= absent;
  }
}

inline void grow_synapse(StepData& s, Part& part) noexcept {
  if (!part.new_pair) return;
  SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
  const kernels::Pair pair = kernels::absent_pair(wee.columns(), *part.new_pair);
  wee.insert(pair.pre, pair.post, s.parameters.sp_weight);
  part.may_lack_room = true;
  part.new_pair.reset();
}

inline constexpr RuleInfo sp{.order = 30,
                             .name = "sp",
                             .label = "structural plasticity",
                             .meaning = "structural plasticity: a new W_EE synapse now and then",
                             .changes = {.wee = true},
                             .reserve = make_room,
                             .prepare = choose_pair,
                             .apply = grow_synapse};

}  // namespace sorn::rules
