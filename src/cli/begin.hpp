// From the settings of a run, single or of an ensemble, to what the library takes; and what both say of it.
#pragma once

#include "cli/cli.hpp"
#include "cli/options.hpp"

#include <sorn/file_run.hpp>
#include <sorn/io.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::cli {

/// Where a result goes if --out does not say.
inline constexpr const char* default_out = "sorn-result.h5";

/// What --out says if an ensemble is to leave no files.
inline constexpr const char* no_out = "none";

/// Whether it is to leave the table of its statistics there: in a file called .csv, whatever the case.
bool is_table(const std::filesystem::path& out);

/// A seed, and whether we drew it because the user gave none.
struct Seed {
  std::uint64_t value;
  bool drawn;
};

Seed seed_of(const Settings& settings);
std::string seed_text(const Seed& seed);

/// The part of a plan that costs nothing to read.
RunPlan plan_of(const Settings& given, Phase phase);

/// Reads the inputs, if there are some, which must outlive the plan; and adds the number of steps.
void add_inputs(const Settings& given, std::optional<InputArray>& inputs, RunPlan& plan);

/// Where a run begins: in a state, or, without one, in a network that these parameters build.
struct Origin {
  Parameters parameters;
  std::optional<State> state;
  bool nu_follows = false;  ///< the inputs have settled nu, and it was another before
};

Origin origin_of(const Settings& settings, const std::optional<InputArray>& inputs);

/// Says if inputs are longer than the run, or look transposed.
void note_inputs(const Settings& given, const std::optional<InputArray>& inputs, const RunPlan& plan,
                 const Origin& origin, const Environment& environment);

Noise noise_of(const Settings& given, const Parameters& parameters);

/// How a run that was broken off goes on; nothing that it has settled may be given. Inputs must outlive it.
Continuation continuation_of(const Settings& given, Phase phase, std::optional<InputArray>& inputs);

/// What was recorded, for a summary.
std::string recording_text(const std::vector<Recording>& recordings);

/// A line of a summary.
void line(std::ostream& out, std::string_view what, std::string_view text);

}  // namespace sorn::cli
