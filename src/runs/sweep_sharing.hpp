// A sweep that several processes share: process 0 hands out runs to the other processes when they are free, and makes
// runs itself.
//
// Messages from process 0: "run <index> <fingerprint>", "end". To it: "outcome <line of the journal>", "stopped".
#pragma once

#include "runs/batch.hpp"
#include "team/channel.hpp"

#include <sorn/sweep.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace sorn::runs {

inline constexpr std::chrono::microseconds between_messages{300};  // time between two looks for messages

/// Process 0 of a shared sweep.
class Dispatcher {
public:
  Dispatcher(team::Channel& channel, std::uint64_t fingerprint);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  /// Tells the other processes to end, also after an error.
  ~Dispatcher();

  /// Records the outcomes that have arrived, and hands out jobs of this process's batch that have not begun. The batch
  /// waits for the runs of other processes: if a process stops, its runs return to the batch.
  void attend(Batch& batch, const std::function<void(const SweepOutcome&)>& record);

private:
  /// The runs that another process has received.
  struct Helper {
    std::set<std::uint64_t> runs{};
    bool present = true;
  };

  void hand_out(Batch& batch);

  team::Channel& channel_;
  std::uint64_t fingerprint_;
  std::vector<Helper> helpers_;  // by rank; process 0 does not help itself
};

/// As sorn::run_sweep(). With a channel, the other processes of the channel make runs too: they call help().
SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution,
                      team::Channel* channel);

/// Makes runs that process 0 hands out, until there are no more or `stop` returns true. Returns the number of runs
/// made.
std::uint64_t help(const Sweep& sweep, const SweepFolder& folder, team::Channel& channel,
                   const std::function<bool()>& stop);

}  // namespace sorn::runs
