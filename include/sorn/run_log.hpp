// The log of a run: what its watchers did to it while it went on (docs/watching.md). Together with its settings it says
// what the run computed, so that the run can be repeated. It needs the component sorn::io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sorn {

/// What a watcher can do to a run.
enum class ActKind : std::uint8_t {
  pause,     ///< the run waits
  go_on,     ///< it goes on; "continue" in texts
  step,      ///< it does some steps and waits again
  freeze,    ///< a plasticity rule is left out from here on
  unfreeze,  ///< a rule that was left out acts again
  noise,     ///< the noise has another σ from here on
};

/// An act of a watcher.
struct LoggedAct {
  std::uint64_t step = 0;  ///< steps that the network had done (State::step); the act holds for the steps after it
  ActKind kind = ActKind::pause;
  std::uint64_t steps = 0;  ///< of `step`: the steps to do, from 1 on
  std::string rule{};       ///< of `freeze` and `unfreeze`: the name of the rule
  double sigma = 0.0;       ///< of `noise`: as Noise::sigma
  bool operator==(const LoggedAct&) const = default;
};

/// The acts of a run, by ascending steps.
using RunLog = std::vector<LoggedAct>;

/// The largest number of acts in a log.
inline constexpr std::size_t longest_run_log = 10'000;

/// Whether the act changes what a run computes. Pauses do not.
bool changes_run(const LoggedAct& act) noexcept;

/// The log as JSON: [{"step": 1000, "act": "freeze", "rule": "stdp"}, {"step": 2000, "act": "noise", "sigma":
/// 0.05}]. It is "[]" if nothing was done.
std::string text(const RunLog& log);

/// The log that such a text holds.
/// @throws ParameterError if it is not JSON, or not a log: an unknown act, a missing or unknown key, steps that descend
RunLog run_log(std::string_view json);

/// Reads the log of a result file or a checkpoint, or one from a file with its text.
/// @throws IoError if it cannot be read, FormatError if it holds no log
RunLog read_run_log(const std::filesystem::path& path);

}  // namespace sorn
