// A short run of each published variant whose bits are known. No compiler, set of instructions, and number of threads
// or ranks may change them.
#pragma once

#include <sorn/network.hpp>
#include <sorn/variant.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sorn::runs {

inline constexpr std::size_t golden_steps = 300;
inline constexpr std::uint64_t golden_seed = 7;

/// The variant with fewer units, and the same target rate.
Parameters golden_parameters(VariantName variant);

/// Inputs that drive each input unit in every fifth step, for InputView::step_major().
std::vector<double> golden_inputs(const Parameters& parameters);

/// A network with output units gets a reward for every answer but each fifth.
std::vector<Signal> golden_rewards(const Parameters& parameters);

/// The hash of a run of golden_steps with this number of threads.
std::uint64_t run_golden(VariantName variant, std::size_t threads);

/// The hash that it must have, from tests/golden/variants/hashes.txt; empty: there is none.
std::optional<std::uint64_t> golden_hash(VariantName variant);

/// A hash of all that a step can change.
std::uint64_t hash_of(const State& state);

}  // namespace sorn::runs
