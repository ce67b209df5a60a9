// The files of an ensemble: checks and preparations before the first replica begins.
#pragma once

#include "io/files/claim.hpp"

#include <sorn/ensemble.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace sorn::runs {

/// Refuses result files that cannot be written, that exist and must not be replaced, or that belong to a running or an
/// interrupted run. Returns the result files for which an ensemble that was interrupted before its first step has left
/// other files; remove_unbegun() removes these. @throws IoError, ParameterError
[[nodiscard]] std::vector<std::filesystem::path> require_writable_files(const std::filesystem::path& out,
                                                                        std::uint64_t replicas, Existing existing);

/// Claims all files of an ensemble, so that no other ensemble with the same name uses the files of replicas that have
/// not begun. @throws IoError if another ensemble has claimed them
void claim_files(const std::filesystem::path& out, std::optional<io::Claim>& claim);

/// Removes the files of a replica that has made no step: its checkpoint, even if incomplete, and its partial result.
void remove_unbegun(const std::filesystem::path& file) noexcept;

/// The remaining work of an interrupted ensemble.
struct Rest {
  std::vector<std::uint64_t> replicas;  ///< the incomplete ones, ascending
  std::uint64_t steps = 0;              ///< the steps that they have still to do, in total
};

/// @throws IoError if the ensemble had not begun, if a replica has neither a result nor a checkpoint, or if no replica
/// has a checkpoint; the errors of reading a file
/// @throws ParameterError if the ensemble has more replicas, or a complete replica has another number of steps
Rest rest_of(const EnsembleContinuation& continuation);

}  // namespace sorn::runs
