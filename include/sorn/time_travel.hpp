// The past of a run: the network of any of its steps, and recordings that the run did not make. Every random number of
// a run follows from its seed, the step and the unit, so that both can be computed afterwards, to the bit. They need
// the component sorn::runs.
#pragma once

#include <sorn/file_run.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sorn {

/// The network of an earlier step.
struct PastNetwork {
  Network network;
  std::uint64_t from_step = 0;          ///< the step of the state from which it was computed
  std::vector<std::string> warnings{};  ///< about landmarks that are damaged
};

/// The network of a run after `step` steps since it was built (State::step). It is computed from the nearest earlier
/// landmark (RunPlan::keep_checkpoints). Without landmarks it is computed from the network that the seed builds, if
/// the run began with step 0; where the file holds anything that contradicts this beginning, it is refused.
///
/// A landmark that is damaged is passed over: an earlier one takes longer and gives the same. The network has the rules
/// of the continuation.
/// @param path  a result file or a checkpoint. If the file is not there yet, because the run is still going on, its
///   newest checkpoint takes its place
/// @param continuation  what the file does not hold, as for FileRun::resumed(): inputs, noise, source, signals, rules.
///   They are compared with checksums of those that the run had. Its threads are used; nothing else of it
/// @param watch  is called after each step that is repeated; `stop` ends it, and the network is then of another step
/// @throws ParameterError if the run has no such step, StateError if its beginning is not known, or if inputs, noise or
///   signals are not those of the run; IoError, FormatError, ShapeError
PastNetwork network_at(const std::filesystem::path& path, std::uint64_t step, const Continuation& continuation = {},
                       Observer* watch = nullptr);

/// Recordings that were made afterwards.
struct Recomputed {
  std::vector<Recording> recordings;    ///< as the run would have made them, in the order of the requests
  RunDescription run{};                 ///< that of the run, with the steps that were asked for
  std::vector<std::string> warnings{};  ///< about landmarks that are damaged
  bool stopped = false;                 ///< by the watch; there are no recordings then
};

/// Called in the caller's thread ten times a second, with the number of steps that were repeated and that will be.
using TravelWatch = std::function<Observer::Outcome(std::uint64_t done, std::uint64_t total)>;

/// Records steps of a run that is over. The parts between landmarks are computed at the same time.
/// @param requests      as for a run; windows and [begin, end) limit them together
/// @param begin         number of the first step, at least the run's first step
/// @param end           number of the step after the last one; at most the run's end
/// @param threads       parts at the same time; 0: one for each processor. A source of your own, or a signal that is a
///   function, is asked for one part after the other
/// @throws as network_at(); ParameterError also if the recordings would not fit into memory
Recomputed recompute(const std::filesystem::path& path, std::span<const RecordRequest> requests, std::uint64_t begin,
                     std::uint64_t end, std::size_t threads = 0, const Continuation& continuation = {},
                     const TravelWatch& watch = {});

/// The steps of a run that its file can give.
struct PastSteps {
  std::uint64_t begin = 0;  ///< the run's first step
  std::uint64_t end = 0;    ///< the step after its last one: the state in the file is that after `end` steps
};

/// @throws IoError, FormatError
PastSteps past_steps(const std::filesystem::path& path);

}  // namespace sorn
