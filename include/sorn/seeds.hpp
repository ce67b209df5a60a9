// Seeds of networks that belong together.
#pragma once

#include <cstdint>

namespace sorn {

/// The seed of a replica, counted from 0, in an ensemble of this seed. It depends on nothing else: not on how many
/// replicas there are, nor on which of them run. Seeds of different replicas, and those of ensembles with different
/// seeds, differ as 64 random bits do. No replica has the ensemble's own seed, but by chance.
std::uint64_t replica_seed(std::uint64_t seed, std::uint64_t replica) noexcept;

}  // namespace sorn
