// Building a network by the recipe of a variant (docs/model.md, "Building a network").
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/share.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sorn {

/// What build_share() returns.
State built_share(const Parameters& parameters, std::uint64_t seed, std::size_t ranks, std::size_t rank);

/// The target rate of each unit: H_IP, or a rate that is drawn around H_IP once.
std::vector<double> target_rates(const Parameters& parameters, std::uint64_t seed);

}  // namespace sorn
