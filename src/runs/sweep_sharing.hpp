// A sweep that several processes share: process 0 hands out runs as the others become free, and makes runs itself.
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

inline constexpr std::chrono::microseconds between_messages{300};  // looks for them

/// Process 0 of a shared sweep.
class Dispatcher {
public:
  Dispatcher(team::Channel& channel, std::uint64_t fingerprint);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  /// Sends the others home, also if something failed here.
  ~Dispatcher();

  /// Records what has arrived, and hands out jobs of this process's batch that have not begun. The batch has to wait
  /// for those that are out, which come back if a process leaves.
  void attend(Batch& batch, const std::function<void(const SweepOutcome&)>& record);

private:
  /// What another process is at.
  struct Helper {
    std::set<std::uint64_t> runs{};
    bool present = true;
  };

  void hand_out(Batch& batch);

  team::Channel& channel_;
  std::uint64_t fingerprint_;
  std::vector<Helper> helpers_;  // by rank; process 0 does not help itself
};

/// As sorn::run_sweep(). With a channel, the processes at its other ends make runs too: they call help().
SweepReport run_sweep(const Sweep& sweep, const SweepFolder& folder, const SweepExecution& execution,
                      team::Channel* channel);

/// Takes runs of a sweep that process 0 carries out, until there are no more. Returns how many it made.
std::uint64_t help(const Sweep& sweep, const SweepFolder& folder, team::Channel& channel,
                   const std::function<bool()>& stop);

}  // namespace sorn::runs
