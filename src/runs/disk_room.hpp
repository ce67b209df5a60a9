// Whether a disk can hold what runs record.
#pragma once

#include <sorn/file_run.hpp>
#include <sorn/state.hpp>

#include <cstdint>
#include <filesystem>

namespace sorn::runs {

/// Refuses recordings that the disk cannot hold, before they are made.
/// @param target    where they go: one file, or several in the same folder
/// @param replicas  runs of this plan that write as much
/// @throws ParameterError
void require_room(const std::filesystem::path& target, const State& state, const RunPlan& plan,
                  std::uint64_t replicas = 1);

}  // namespace sorn::runs
