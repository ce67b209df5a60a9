// A sweep that several processes share: process 0 hands out runs as the others become free, and makes runs itself.
//
// Messages from process 0: "run <index> <fingerprint>", "end". To it: "outcome <line of the journal>", "stopped".
#pragma once

#include <sorn/sweep.hpp>
#include "team/channel.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace sorn::runs {

/// Process 0 of a shared sweep.
class Dispatcher {
public:
  Dispatcher(team::Channel& channel, std::uint64_t fingerprint);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  /// Sends the others home, also if something failed here.
  ~Dispatcher();

  /// Has the pending runs made, and calls `record` with each outcome, until all have ended or `stop` says true.
  void run(const Sweep& sweep, std::span<const std::uint64_t> pending,
           const std::function<std::filesystem::path(std::uint64_t)>& file_of,
           const std::function<void(const SweepOutcome&)>& record, const std::function<bool()>& stop);

private:
  /// What another process is at.
  struct Helper {
    std::set<std::uint64_t> runs{};
    bool present = true;
  };

  void attend(const std::function<void(const SweepOutcome&)>& record);
  void hand_out();
  bool all_idle() const noexcept;

  team::Channel& channel_;
  std::uint64_t fingerprint_;
  std::vector<Helper> helpers_;  // by rank; process 0 does not help itself
  std::deque<std::uint64_t> pending_;
};

}  // namespace sorn::runs
