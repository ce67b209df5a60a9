#include "runs/sweep_sharing.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <thread>

#include "support/format.hpp"

namespace sorn::runs {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 100us;
constexpr std::string_view run_word = "run ";
constexpr std::string_view outcome_word = "outcome ";
constexpr std::string_view end_word = "end";
constexpr std::string_view stopped_word = "stopped";

}  // namespace

Dispatcher::Dispatcher(team::Channel& channel, std::uint64_t fingerprint)
    : channel_(channel), fingerprint_(fingerprint), helpers_(channel.size()) {
  helpers_[channel.rank()].present = false;
}

Dispatcher::~Dispatcher() {
  for (std::size_t rank = 0; rank < helpers_.size(); ++rank) {
    if (helpers_[rank].present) channel_.send(rank, end_word);
  }
}

void Dispatcher::run(const Sweep& sweep, std::span<const std::uint64_t> pending,
                     const std::function<std::filesystem::path(std::uint64_t)>& file_of,
                     const std::function<void(const SweepOutcome&)>& record, const std::function<bool()>& stop) {
  pending_.assign(pending.begin(), pending.end());
  const auto stopped = [&] { return stop && stop(); };
  while (!stopped()) {
    attend(record);
    hand_out();
    if (pending_.empty()) {
      if (all_idle()) return;
      std::this_thread::sleep_for(between_looks);
      continue;
    }
    const std::uint64_t index = pending_.front();
    pending_.pop_front();
    const auto outcome = run_one(
        sweep, index,
        [&] {
          attend(record);
          hand_out();
          return !stopped();
        },
        file_of(index));
    if (outcome) record(*outcome);
  }
}

/// Takes what has arrived.
void Dispatcher::attend(const std::function<void(const SweepOutcome&)>& record) {
  while (const auto message = channel_.receive()) {
    Helper& helper = helpers_[message->from];
    const std::string_view content = message->content;
    if (content == stopped_word) {
      // Asked to stop by itself: what it was at falls to the others.
      helper.present = false;
      pending_.insert(pending_.begin(), helper.runs.begin(), helper.runs.end());
      helper.runs.clear();
      continue;
    }
    const auto outcome =
        content.starts_with(outcome_word) ? outcome_of(content.substr(outcome_word.size())) : std::nullopt;
    if (!outcome) throw std::logic_error(formatted("process {} sent '{}'", message->from, content.substr(0, 80)));
    helper.runs.erase(outcome->index);
    record(*outcome);
  }
}

/// Gives each of the others a run, and one in advance while there are many: it need not wait then until this process
/// looks. Near the end that would leave some with two while others have none.
void Dispatcher::hand_out() {
  for (std::size_t ahead = 0; ahead < 2; ++ahead) {
    for (std::size_t rank = 0; rank < helpers_.size(); ++rank) {
      Helper& helper = helpers_[rank];
      if (!helper.present || helper.runs.size() > ahead) continue;
      if (pending_.size() <= (ahead == 0 ? 0 : 2 * helpers_.size())) continue;
      const std::uint64_t index = pending_.front();
      pending_.pop_front();
      helper.runs.insert(index);
      channel_.send(rank, formatted("{}{} {}", run_word, index, fingerprint_));
    }
  }
}

bool Dispatcher::all_idle() const noexcept {
  return std::all_of(helpers_.begin(), helpers_.end(), [](const Helper& helper) { return helper.runs.empty(); });
}

std::uint64_t help(const Sweep& sweep, const SweepFolder& folder, team::Channel& channel,
                   const std::function<bool()>& stop) {
  const std::uint64_t own = fingerprint(sweep);
  std::deque<std::uint64_t> runs;
  bool ended = false;
  const auto listen = [&] {
    while (const auto message = channel.receive()) {
      std::string_view content = message->content;
      if (!content.starts_with(run_word)) {
        ended = true;
        continue;
      }
      content.remove_prefix(run_word.size());
      std::uint64_t index = 0;
      std::uint64_t theirs = 0;
      const char* end = content.data() + content.size();
      const auto parsed = std::from_chars(content.data(), end, index);
      std::from_chars(std::min(parsed.ptr + 1, end), end, theirs);
      if (theirs != own) {
        throw FormatError("the sweep", "process 0 has read another one than this process has",
                          "all processes must see the same files");
      }
      runs.push_back(index);
    }
  };
  std::uint64_t made = 0;
  for (;;) {
    listen();
    if (ended) return made;
    if (stop && stop()) {
      channel.send(0, stopped_word);
      return made;
    }
    if (runs.empty()) {
      std::this_thread::sleep_for(between_looks);
      continue;
    }
    const std::uint64_t index = runs.front();
    runs.pop_front();
    const auto outcome = run_one(
        sweep, index,
        [&] {
          listen();
          return !ended && !(stop && stop());
        },
        sweep.design.files ? folder.run(index) : std::filesystem::path());
    if (!outcome) continue;
    channel.send(0, formatted("{}{}", outcome_word, line_of(*outcome)));
    ++made;
  }
}

}  // namespace sorn::runs
