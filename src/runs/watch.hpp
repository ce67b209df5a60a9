// The side of a run that is watched (docs/watching.md). A run speaks with its watchers through files in the folder
// `FILE.watch` beside its result, and only while one of them gives signs of life there. Nothing in it can fail a run.
#pragma once

#include "support/seldom.hpp"

#include <sorn/network.hpp>
#include <sorn/run_log.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::runs {

/// What a frame says of a run, beside the state of its network.
struct Standing {
  std::string_view word;  ///< "running", "paused", "ended" or "stopped"
  std::uint64_t first_step = 0;
  std::uint64_t done = 0;
  std::uint64_t wanted = 0;
  const Network& network;
  const RunOptions& options;  ///< of the next step
  const RunLog& log;
};

/// Shows a run to its watchers and reads what they ask for. The time that this takes is limited to a hundredth of the
/// run's, whatever they do.
class Watch {
public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds between_looks{100};
  static constexpr std::size_t most_units = 512;    ///< whose spikes a frame shows
  static constexpr std::size_t steps_shown = 300;   ///< in a frame
  static constexpr std::size_t longest_act = 1000;  ///< bytes of a line

  /// @param result  the result file of the run. Acts that were written before are not carried out
  explicit Watch(std::filesystem::path result);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch();

  /// Counts a step. True ten times a second, or less often if looking takes long.
  bool is_due() { return clock_.is_due() && Clock::now() >= next_look_; }

  /// Whether a watcher is there: the time of its file `heartbeat` changes again and again, or is that of this moment
  /// when it is first seen. A watcher on another machine may have a clock that differs.
  bool is_watched();

  /// What a watcher asks for.
  struct Asked {
    std::uint64_t number = 0;
    LoggedAct act;
  };
  /// Whether watchers have written something that was not read yet.
  bool has_acts();
  /// Reads the next line that watchers have written, if there is one and it can be understood.
  std::optional<Asked> next_act();
  /// Says in the following frames what became of an act. @param problem  why it was not carried out; empty: it was
  void answer(std::uint64_t number, std::string_view problem);

  /// Keeps the spikes of a step for the next frame, if it still has room.
  void collect(const StepView& view) {
    if (collects_) keep(view);
  }

  /// Whether it is time for a frame.
  bool frame_is_due() const { return Clock::now() >= next_frame_; }
  /// Writes a frame, which takes the place of the one before. It appears whole; a reader may find none for a moment.
  void publish(const Standing& standing);
  /// The time of a pause is none of the run's.
  void go_on();
  /// An act has kept the run from its work for this time, a step included.
  void charge(Clock::duration time);

private:
  static constexpr int share = 99;  // the time without watching, for each part of watching

  void keep(const StepView& view);
  std::string frame(const Standing& standing, Clock::time_point now);
  void write(const std::string& frame) const noexcept;
  void close_folder() noexcept;

  std::filesystem::path path_;
  SeldomClock clock_{between_looks / 10};  // so that looks are on time
  Clock::time_point next_look_{};
  Clock::time_point next_frame_{};

  int folder_ = -1;
  std::optional<timespec> beat_;
  Clock::time_point last_beat_{};
  bool watched_ = false;

  /// Opens the file with the acts. @returns its descriptor, or −1 if it has nothing new
  int open_acts();

  struct Place {  // in the file with the acts
    dev_t device = 0;
    ino_t number = 0;
    std::uint64_t offset = 0;
    std::uint64_t last_act = 0;
  };
  Place acts_;
  struct Answer {
    std::uint64_t number;
    std::string problem;
  };
  std::deque<Answer> answers_;

  bool collects_ = false;
  std::size_t units_ = 0;        // shown
  std::size_t distance_ = 1;     // from one shown unit to the next
  std::size_t words_ = 0;        // for each step
  std::uint64_t next_step_ = 0;  // after the last one that was kept
  std::size_t kept_ = 0;         // steps that are kept, in a ring
  std::size_t new_ = 0;          // kept since the last frame
  std::vector<std::uint64_t> spikes_;
  std::vector<std::uint32_t> active_;     // excitatory units, in each kept step
  std::vector<std::uint32_t> inhibited_;  // active inhibitory units
  std::vector<std::uint8_t> shown_;
  Clock::time_point frame_at_ = Clock::now();
  std::optional<std::uint64_t> frame_done_;
  double speed_ = 0.0;  // steps per second
};

}  // namespace sorn::runs
