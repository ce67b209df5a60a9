// Seeds of networks that belong together.
#pragma once

#include <cstdint>

namespace sorn {

/// The seed of a replica, counted from 0, in an ensemble with this seed. It does not depend on the number of replicas
/// or on which of them run. The seeds of different replicas, and of ensembles with different seeds, differ like 64
/// random bits. No replica has the seed of the ensemble, except by chance.
std::uint64_t replica_seed(std::uint64_t seed, std::uint64_t replica) noexcept;

}  // namespace sorn
