// The files of an ensemble: what has to be known of them before the first replica begins.
#pragma once

#include "io/files/claim.hpp"

#include <sorn/ensemble.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace sorn::runs {

/// Refuses result files that could not be written, that are there and not to be replaced, and those of runs that are at
/// work or were broken off. Returns those of which an ensemble that was broken off before it began has left something,
/// which remove_unbegun() removes. @throws IoError, ParameterError
[[nodiscard]] std::vector<std::filesystem::path> require_writable_files(const std::filesystem::path& out,
                                                                        std::uint64_t replicas, Existing existing);

/// Holds the files of an ensemble together: another one of this name must not begin with those that this one has not
/// come to yet. @throws IoError if there is one
void claim_files(const std::filesystem::path& out, std::optional<io::Claim>& claim);

/// Removes what a replica that did not take a step has left: its checkpoint, whole or not, and the file that was to
/// grow.
void remove_unbegun(const std::filesystem::path& file) noexcept;

/// What is to be done of an ensemble that was broken off.
struct Rest {
  std::vector<std::uint64_t> replicas;  ///< that did not come to their end, ascending
  std::uint64_t steps = 0;              ///< that they are to do together
};

/// @throws IoError if the ensemble had not begun, if a replica has left neither a result nor a checkpoint, or if none
/// has left a checkpoint; what is wrong with a file.
/// @throws ParameterError if there are more replicas, or one that is complete should have another number of steps
Rest rest_of(const EnsembleContinuation& continuation);

}  // namespace sorn::runs
