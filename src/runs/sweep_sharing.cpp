#include "runs/sweep_sharing.hpp"

#include "runs/sweep_run.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace sorn::runs {

namespace {

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

void Dispatcher::attend(Batch& batch, const std::function<void(const SweepOutcome&)>& record) {
  while (const auto message = channel_.receive()) {
    Helper& helper = helpers_[message->from];
    const std::string_view content = message->content;
    if (content == stopped_word) {
      // The process was asked to stop: other processes make its runs.
      helper.present = false;
      batch.add(std::vector(helper.runs.begin(), helper.runs.end()), true);
      helper.runs.clear();
      continue;
    }
    const auto outcome =
        content.starts_with(outcome_word) ? outcome_of(content.substr(outcome_word.size())) : std::nullopt;
    if (!outcome) throw std::logic_error(formatted("process {} sent '{}'", message->from, content.substr(0, 80)));
    helper.runs.erase(outcome->index);
    record(*outcome);
  }
  hand_out(batch);
  batch.expect_more(std::ranges::any_of(helpers_, [](const Helper& helper) { return !helper.runs.empty(); }));
}

/// Gives each of the other processes a run, and a second one in advance while many are left, so that it need not wait
/// for the next look of this process. Near the end, runs in advance could leave a process with two runs and another
/// with none.
void Dispatcher::hand_out(Batch& batch) {
  for (std::size_t ahead = 0; ahead < 2; ++ahead) {
    for (std::size_t rank = 0; rank < helpers_.size(); ++rank) {
      Helper& helper = helpers_[rank];
      if (!helper.present || helper.runs.size() > ahead) continue;
      if (batch.waiting() <= (ahead == 0 ? 0 : 2 * helpers_.size())) continue;
      const auto index = batch.take();
      if (!index) continue;
      helper.runs.insert(*index);
      channel_.send(rank, formatted("{}{} {}", run_word, *index, fingerprint_));
    }
  }
}

std::uint64_t help(const Sweep& sweep, const SweepFolder& folder, team::Channel& channel,
                   const std::function<bool()>& stop) {
  const std::uint64_t own = fingerprint(sweep);
  bool ended = false;
  std::uint64_t made = 0;
  std::optional<Batch> batch;
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
      batch->add(std::span(&index, 1));
    }
    return ended || (stop && stop()) ? Observer::Outcome::stop : Observer::Outcome::go_on;
  };
  batch.emplace(
      1, [&](std::uint64_t /*steps_done*/) { return listen(); }, Batch::OnError::stop, between_messages);
  batch->expect_more(true);
  batch->run({}, [&](std::uint64_t index, Observer& job) -> Batch::Finish {
    const auto outcome = run_one(sweep, index, &job, sweep.design.files ? folder.run(index) : std::filesystem::path());
    if (!outcome) return {};
    return [&, line = line_of(*outcome)] {
      channel.send(0, formatted("{}{}", outcome_word, line));
      ++made;
    };
  });
  if (!ended) channel.send(0, stopped_word);
  return made;
}

}  // namespace sorn::runs
