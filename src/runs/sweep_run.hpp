// The runs of a sweep: what decides about them, one run, and the table of their outcomes.
#pragma once

#include "io/table.hpp"
#include "runs/batch.hpp"
#include "runs/sweep_journal.hpp"

#include <sorn/sweep.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::runs {

/// Refuses what has problems(), all of them in one error. @throws ParameterError
[[noreturn]] void throw_problems(std::string_view subject, const std::vector<std::string>& problems);

/// What decides about the results of a sweep, by name: two designs with the same description have the same runs, but
/// for the number of samples, which may grow.
SweepJournal::Description description(const SweepDesign& design);

/// The same, and what the runs share.
SweepJournal::Description description(const Sweep& sweep);

/// A number that two sweeps with the same description have in common, and hardly two others.
std::uint64_t fingerprint(const Sweep& sweep);

/// Makes run `index` of the sweep. What is wrong with its values, or with its size for this machine, is an outcome of
/// the run: it failed. Empty if the run was abandoned. Runs may be made from several threads at once.
/// @param watch  abandons the run when it says `stop`
/// @param file   where the run's result goes; empty: nowhere
/// @throws IoError if that cannot be written
std::optional<SweepOutcome> run_one(const Sweep& sweep, std::uint64_t index, Observer* watch = nullptr,
                                    const std::filesystem::path& file = {});

/// The table of the runs that ended, in the order of their indices: run, point, seed, what is varied, the statistics,
/// error.
io::Table table_of(const SweepDesign& design, const std::map<std::uint64_t, SweepOutcome>& outcomes);

}  // namespace sorn::runs
