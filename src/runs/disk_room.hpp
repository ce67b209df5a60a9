// Checks whether the disk has room for the recordings of runs.
#pragma once

#include <sorn/file_run.hpp>
#include <sorn/state.hpp>

#include <cstdint>
#include <filesystem>

namespace sorn::runs {

/// Refuses recordings that are too large for the disk, before a run begins.
/// @param target    the result file, or one of several in the same folder
/// @param replicas  number of runs of this plan, each with its own file
/// @throws ParameterError
void require_room(const std::filesystem::path& target, const State& state, const RunPlan& plan,
                  std::uint64_t replicas = 1);

}  // namespace sorn::runs
