// The units that symbols drive.
#pragma once

#include <sorn/source_spec.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sorn::sources {

/// For each symbol `size` of `ne` units, in ascending order. Their numbers come one after the other.
/// @throws ParameterError if a pool is larger than the network, or disjoint pools do not fit
std::vector<std::uint32_t> chosen_pools(PoolKind kind, const std::u32string& alphabet, std::size_t size, std::size_t ne,
                                        std::uint64_t seed);

}  // namespace sorn::sources
