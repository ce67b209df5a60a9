// Building a network by the recipe of a variant (docs/model.md, "Building a network").
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/share.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>

namespace sorn {

/// The share of a new network that rank `rank` of `ranks` holds.
/// @throws ParameterError if the parameters are invalid or the share would not fit into memory
State build_share(const Parameters& parameters, const Recipe& recipe, std::uint64_t seed, std::size_t ranks,
                  std::size_t rank);

/// H_IP: h_ip if it is set, else the recipe's target rate if it has one, else 2·nu/ne.
double target_rate(const Parameters& parameters, const Recipe& recipe) noexcept;

}  // namespace sorn
