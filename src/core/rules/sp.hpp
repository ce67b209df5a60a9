// Structural plasticity of W_EE (docs/model.md, step 7).
#pragma once

#include "core/rule.hpp"
#include "core/step.hpp"
#include "kernels/random.hpp"
#include "kernels/structural.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace sorn::rules {

/// The largest number of synapses that this step can make.
inline std::size_t most_new(const StepData& s) noexcept {
  if (s.new_synapses) return s.new_now.size();
  const std::size_t chosen = s.state.sp_queue.size() + 1;
  return chosen >= s.parameters.sp_batch ? chosen : 0;
}

/// Makes room for these synapses, in any column and any row, and for the lists of pairs.
inline void make_room(StepData& s) {
  const std::size_t needed = most_new(s);
  s.to_make.reserve(needed);
  if (s.parameters.sp_batch > 1) s.state.sp_queue.reserve(std::max(s.parameters.sp_batch, needed));
  for (Part& part : s.parts) {
    if (part.room >= needed) continue;
    s.state.wee.mutate().slice(part.slice).require_room(needed);
    part.room = needed;
  }
}

/// One random block of the step decides whether a pair is chosen, and which absent one. The absent pairs of all ranks
/// are numbered in the order of their columns. @returns the part of this rank that owns the column of the pair, if one
/// does; its `new_pair` is then the pair's number within the part. @param chosen  whether any rank has a pair
inline Part* choose_pair(StepData& s, bool& chosen) noexcept {
  const auto words = kernels::random_block(s.state.seed, kernels::Stream::structural, s.state.step, 0);
  const auto word64 = [&](std::size_t k) { return words[k] | static_cast<std::uint64_t>(words[k + 1]) << 32U; };
  chosen = false;
  if (kernels::uniform(word64(0)) >= s.parameters.structural_probability()) return nullptr;

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
  if (all == 0) return nullptr;
  chosen = true;
  std::uint64_t pair = kernels::below(all, word64(2));
  if (pair < before || pair >= before + here) return nullptr;
  pair -= before;
  for (Part& part : s.parts) {
    const std::uint64_t absent = absent_in(part);
    if (pair < absent) {
      part.new_pair = pair;
      return &part;
    }
    pair -= absent;
  }
  return nullptr;
}

/// Brings the pair of the rank that has one to all ranks.
inline ChosenPair known_to_all(StepData& s, Part* owner) noexcept {
  ChosenPair own;
  if (owner != nullptr) {
    const kernels::Pair pair = kernels::absent_pair(s.state.wee->slice(owner->slice).columns(), *owner->new_pair);
    own = {static_cast<std::uint32_t>(pair.pre), static_cast<std::uint32_t>(pair.post)};
    owner->new_pair.reset();
  }
  if (!s.exchange) return own;
  const std::uint64_t packed = static_cast<std::uint64_t>(own.pre) << 32U | own.post;  // pre ≠ post: 0 is no pair
  std::uint64_t found = 0;
  for (const std::uint64_t theirs : s.exchange->numbers(packed)) found |= theirs;
  return {static_cast<std::uint32_t>(found >> 32U), static_cast<std::uint32_t>(found)};
}

/// Makes the activity of the presynaptic units of new synapses known on the rank that gets them.
/// @param owner  the part that makes the synapse which it has chosen; null: the synapses are those of `to_make`
inline void know_new(StepData& s, const Part* owner) noexcept {
  if (!s.sparse.begun) return;
  if (owner != nullptr) {
    s.know(static_cast<std::uint32_t>(
        kernels::absent_pair(s.state.wee->slice(owner->slice).columns(), *owner->new_pair).pre));
  }
  for (const ChosenPair& pair : s.to_make) {
    if (pair.post >= s.own_excitatory().begin && pair.post < s.own_excitatory().end) s.know(pair.pre);
  }
}

/// Decides which synapses the parts make in this step.
inline void choose(StepData& s) noexcept {
  s.to_make.clear();
  if (s.new_synapses) {
    for (const NewSynapse& synapse : s.new_now) s.to_make.push_back({synapse.pre, synapse.post});
    know_new(s, nullptr);
    return;
  }
  bool chosen = false;
  Part* const owner = choose_pair(s, chosen);
  std::vector<ChosenPair>& queue = s.state.sp_queue;
  const bool alone = s.parameters.sp_batch == 1 && queue.empty();
  if (chosen && alone) know_new(s, owner);
  if (!chosen || alone) return;  // alone, the pair need not be known to all: its part makes the synapse
  queue.push_back(known_to_all(s, owner));
  if (queue.size() >= s.parameters.sp_batch) {
    s.to_make.assign(queue.begin(), queue.end());
    queue.clear();
    know_new(s, nullptr);
  }
}

inline void grow_synapses(StepData& s, Part& part) noexcept {
  if (s.to_make.empty() && !part.new_pair) return;
  SynapseSlice& wee = s.state.wee.mutate().slice(part.slice);
  if (part.new_pair) {
    const kernels::Pair pair = kernels::absent_pair(wee.columns(), *part.new_pair);
    wee.insert(pair.pre, pair.post, s.parameters.sp_weight, &part.wee_log);
    part.new_pair.reset();
  }
  for (const ChosenPair& pair : s.to_make) {
    if (!part.excitatory.contains(pair.post)) continue;
    wee.insert_or_set(pair.pre, pair.post, s.parameters.sp_weight, &part.wee_log);
  }
  part.room = 0;
}

inline constexpr RuleInfo sp{.order = 30,
                             .name = "sp",
                             .label = "structural plasticity",
                             .meaning = "structural plasticity: a new W_EE synapse now and then",
                             .changes = {.wee = true},
                             .reserve = make_room,
                             .prepares = [](const StepData&) noexcept { return true; },
                             .prepare = choose,
                             .apply = grow_synapses};

}  // namespace sorn::rules
