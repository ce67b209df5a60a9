// The runs of a sweep: the description that determines them, one run, and the table of outcomes.
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

/// Reports all problems in one error. @throws ParameterError
[[noreturn]] void throw_problems(std::string_view subject, const std::vector<std::string>& problems);

/// Everything that determines the results of a sweep, by name, except the number of samples, which may grow. Two
/// designs with the same description have the same runs.
SweepJournal::Description description(const SweepDesign& design);

/// The same with the inputs and the state that all runs share.
SweepJournal::Description description(const Sweep& sweep);

/// A checksum of the description.
std::uint64_t fingerprint(const Sweep& sweep);

/// Makes run `index` of the sweep. If its values are invalid, a rule of a user's own breaks a promise, or the network
/// is too large for this machine, the outcome says that the run failed. The result is empty if the run was abandoned.
/// Several threads may call this at the same time.
/// @param watch  abandons the run when it returns `stop`
/// @param file   the run's result file; empty: none
/// @throws IoError if the file cannot be written
std::optional<SweepOutcome> run_one(const Sweep& sweep, std::uint64_t index, Observer* watch = nullptr,
                                    const std::filesystem::path& file = {});

/// The table of the runs that ended, in the order of their indices. Its columns are run, point, seed, what is varied,
/// the statistics, and error.
io::Table table_of(const SweepDesign& design, const std::map<std::uint64_t, SweepOutcome>& outcomes);

}  // namespace sorn::runs
