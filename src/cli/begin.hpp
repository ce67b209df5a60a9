// Converts the settings of a run or an ensemble to arguments of the library, and texts that both print.
#pragma once

#include "cli/cli.hpp"
#include "cli/options.hpp"

#include <sorn/file_run.hpp>
#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::cli {

/// The default of --out.
inline constexpr const char* default_out = "sorn-result.h5";

/// The value of --out for an ensemble without files.
inline constexpr const char* no_out = "none";

/// Whether --out names a table of statistics: a file ending in .csv, in upper or lower case.
bool is_table(const std::filesystem::path& out);

/// A seed, and whether it was drawn because the user gave none.
struct Seed {
  std::uint64_t value;
  bool drawn;
};

Seed seed_of(const Settings& settings);
std::string seed_text(const Seed& seed);

/// The part of a plan that needs no reading of files.
RunPlan plan_of(const Settings& given, Phase phase);

/// The arrays that the files of a run hold.
struct Arrays {
  std::optional<InputArray> inputs{};
  std::vector<std::vector<double>> signals{};
};

/// Loads the libraries of rules. The names of their rules can then stand in orders. A library that ends another process
/// is not loaded into this one.
std::vector<std::shared_ptr<const OwnRule>> rules_of(std::span<const WrittenRule> given,
                                                     const Environment& environment);

/// Reads the inputs and the signals, if there are any, and sets the number of steps. The arrays must outlive the plan.
void add_arrays(const Settings& given, Arrays& arrays, RunPlan& plan);

/// The start of a run: a state, or, without one, a new network with these parameters.
struct Origin {
  Parameters parameters;
  std::optional<State> state;
  bool nu_follows = false;  ///< whether the inputs have changed nu
};

Origin origin_of(const Settings& settings, const std::optional<InputArray>& inputs, const OptionalSource& source);

/// Warns if inputs or signals are longer than the run, or if inputs look transposed.
void note_inputs(const Settings& given, const std::optional<InputArray>& inputs, const RunPlan& plan,
                 const Origin& origin, const Environment& environment);

Noise noise_of(const Settings& given, const Parameters& parameters);

/// What drives a run and its file does not hold. The arrays must outlive the continuation.
Continuation drive_of(const Settings& given, Arrays& arrays, const Environment& environment);

/// The continuation of an interrupted run. Settings that the run has fixed must not be given. The arrays must outlive
/// it.
Continuation continuation_of(const Settings& given, Phase phase, Arrays& arrays, const Environment& environment);

/// The recordings, for a summary.
std::string recording_text(const std::vector<Recording>& recordings);

/// A line of a summary.
void line(std::ostream& out, std::string_view what, std::string_view text);

}  // namespace sorn::cli
