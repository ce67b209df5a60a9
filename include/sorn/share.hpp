// The share of a network's state that one rank holds, and how to collect the whole state.
#pragma once

#include <sorn/network.hpp>
#include <sorn/ranks.hpp>
#include <sorn/state.hpp>
#include <sorn/unit_range.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// The units whose thresholds and incoming synapses a rank holds.
struct Ownership {
  UnitRange excitatory, inhibitory;
};

/// The units of rank `rank` of `ranks` in a network of this size.
Ownership ownership(std::size_t ne, std::size_t ni, std::size_t ranks, std::size_t rank) noexcept;

/// Whether a state is the state of a whole network.
bool is_whole(const State& state) noexcept;

/// The share of a rank: the activity of all units, and the thresholds, incoming synapses and memory of rules of its own
/// units. Other thresholds are 0.
State share_of(const State& whole, const Ownership& own);

/// The share of a new network. It equals share_of(build_state(parameters, seed), own), but the rest is not built.
/// @throws ParameterError if the parameters are invalid or the share would not fit into memory
State build_share(const Parameters& parameters, std::uint64_t seed, std::size_t ranks, std::size_t rank);

/// Which parts of a share to gather.
enum class Gathered : std::uint8_t {
  thresholds,  ///< activity and thresholds; the matrices and the memory of rules are left empty
  all,
};

/// Collective. Returns the whole state on rank 0, from the shares of all ranks. The result on other ranks is
/// meaningless.
State gathered(const State& share, Ranks& ranks, Gathered what = Gathered::all);

/// Collective. Returns on rank 0 the events of all ranks in a step, by ascending post, then pre, as each rank has its
/// own. The result on other ranks is meaningless.
std::vector<SynapseEvent> gathered(std::span<const SynapseEvent> events, std::uint64_t step, Ranks& ranks);

}  // namespace sorn
