// The activity of a recorded population, read from a result file in parts. It needs the component sorn::runs.
#pragma once

#include <sorn/avalanches.hpp>
#include <sorn/result_reader.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace sorn {

/// The first of E, A, R and I that was recorded. @throws ParameterError if none was
Quantity recorded_spikes(const ResultReader& reader);

/// Calls take(number of active units in each step) for the recorded steps after the first `skip`, part by part.
/// @throws ParameterError if the quantity is neither spikes nor A, was not recorded, or has no more rows than `skip`;
///   IoError, FormatError
void read_activity(const ResultReader& reader, Quantity quantity, std::uint64_t skip,
                   const std::function<void(std::span<const double>)>& take);

/// All of it: 8 bytes a step. @throws as read_activity()
std::vector<double> read_activity(const ResultReader& reader, Quantity quantity, std::uint64_t skip = 0);

/// The avalanches of a recording, in memory that does not grow with its length. The file is read once if the threshold
/// is a value, else twice. @throws as read_activity() and criticality::avalanches()
criticality::Avalanches read_avalanches(const ResultReader& reader, Quantity quantity, std::uint64_t skip = 0,
                                        const criticality::AvalancheOptions& options = {});

}  // namespace sorn
