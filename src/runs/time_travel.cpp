#include <sorn/time_travel.hpp>

#include "core/quantity.hpp"
#include "io/files/checkpoint_files.hpp"
#include "io/landmarks.hpp"
#include "runs/batch.hpp"
#include "runs/drive.hpp"
#include "runs/replay.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"
#include "support/printable.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/online_statistics.hpp>
#include <sorn/result_reader.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

namespace sorn {

namespace fs = std::filesystem;

namespace {

using namespace runs;

/// The file that holds what is known of a run: its result, or its newest checkpoint if there is no result yet.
fs::path file_of_run(fs::path path) {
  if (const auto checkpoint = io::checkpoint_of_share(path)) path = *checkpoint;
  if (io::target_of_checkpoint(path)) return path;
  if (path.extension() == ".partial") path.replace_extension();
  std::error_code unknown;
  if (fs::exists(path, unknown) || unknown) return path;
  const auto checkpoints = io::checkpoints_of(path);
  return checkpoints.empty() ? path : checkpoints.front().path;
}

Noise noise_of(const std::string& words, const InputView& replay) {
  if (words == "replayed") return Noise::replayed(replay);
  if (words == "off") return Noise::off();
  double sigma = 0.0;
  const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), sigma);
  if (error != std::errc{} || end != words.data() + words.size()) {
    throw FormatError(formatted("noise '{}'", printable_beginning(words, 80)), "must be off, replayed or a number");
  }
  return Noise::drawn(sigma);
}

/// Whether no array or value of the library drives a run, so that its parts cannot be computed at the same time.
bool is_one_at_a_time(const RunOptions& options) {
  return options.own_source != nullptr ||
         std::any_of(options.signals.begin(), options.signals.end(),
                     [](const Signal& signal) { return !std::holds_alternative<Signal::Values>(signal.values); });
}

bool has_arrays(const RunOptions& options) {
  return options.inputs.data != nullptr || options.noise.replay.data != nullptr ||
         std::any_of(options.signals.begin(), options.signals.end(),
                     [](const Signal& signal) { return std::holds_alternative<Signal::Values>(signal.values); });
}

void require_steps(std::string_view what, std::uint64_t found, std::uint64_t steps) {
  if (found >= steps) return;
  throw ShapeError(formatted("{} of {} steps", what, found), formatted("the run has done {}", steps),
                   "give what it began with");
}

/// A run that can be repeated from its file.
class Past {
public:
  Past(const fs::path& path, const Continuation& continuation)
      : path_(file_of_run(path)), reader_(path_), rules_(continuation.rules) {
    const RunDescription& run = reader_.run();
    try {
      landmarks_.emplace(path_);
    } catch (const FormatError& error) {
      warnings_.emplace_back(error.what());
    }
    steps_ = {run.first_step, run.first_step + run.steps};
    if (run.steps == 0) steps_.begin = steps_.end = reader_.state().step;  // a network that was saved
    options_.phase = run.phase;
    options_.freeze = run.freeze;
    options_.noise = noise_of(run.noise, continuation.noise);
    options_.inputs = continuation.inputs;
    options_.source = run.source;
    options_.own_source = continuation.own_source;
    options_.signals = ordered_as(run.signals, continuation.signals);
    options_.threads = continuation.threads;
    if (options_.noise.replay.data == nullptr && continuation.noise.data != nullptr) {
      options_.noise.replay = continuation.noise;  // for the error
    }
    check_drive(continuation);
    if (options_.own_source != nullptr) {  // it learns where the run began, even if it is asked for later steps only
      const Parameters& p = parameters();
      options_.own_source->prepare(p.ne, p.nu, reader_.seed());
      options_.own_source->seek(steps_.begin);
    }
  }

  const PastSteps& steps() const noexcept { return steps_; }
  const RunOptions& options() const noexcept { return options_; }
  const Parameters& parameters() const noexcept { return reader_.parameters(); }

  /// Steps between which the run can be divided, in ascending order.
  std::vector<std::uint64_t> landmarks() const {
    std::vector<std::uint64_t> steps;
    if (!landmarks_) return steps;
    for (const io::Landmark& landmark : landmarks_->table()) steps.push_back(landmark.step);
    return steps;
  }

  /// The network of the nearest landmark at or before `step`, or of the beginning. May be called by several threads.
  Network start(std::uint64_t step) {
    if (step == steps_.end) {
      State last = reader_.state();
      if (last.step == step) return with_rules({parameters(), std::move(last)});
    }
    if (landmarks_) {
      const auto& table = landmarks_->table();
      auto next = std::upper_bound(table.begin(), table.end(), step,
                                   [](std::uint64_t s, const io::Landmark& landmark) { return s < landmark.step; });
      while (next != table.begin()) {
        --next;
        try {
          return with_rules({parameters(), landmarks_->state(*next, parameters())});
        } catch (const FormatError& error) {
          warn(formatted("the landmark of step {} is damaged, and an earlier one is used: {}", next->step,
                         error.what()));
        }
      }
    }
    return built();
  }

  /// Repeats the steps of the run up to `step`.
  void run(Network& network, std::uint64_t step, std::span<Observer* const> observers, std::size_t threads) const {
    if (network.state().step >= step) return;
    verify_drive(network.state().step, step);
    while (network.state().step < step) {
      const std::uint64_t from = network.state().step;
      RunOptions options = options_from(from);
      options.threads = threads;
      const std::uint64_t done = from - steps_.begin;
      options.inputs = from_step(options.inputs, done);
      options.noise.replay = from_step(options.noise.replay, done);
      options.signals = from_step(std::move(options.signals), done);
      const std::uint64_t next = next_act(reader_.run().log, from, step);
      if (network.run(next - from, options, observers) < next - from) return;
    }
  }

  /// The settings of the step after `step` steps, which acts of watchers may have changed (RunDescription::log).
  RunOptions options_from(std::uint64_t step) const { return options_at(reader_.run().log, options_, step); }

  /// What a part of the run was.
  RunDescription description(std::uint64_t begin, std::uint64_t end) const {
    RunDescription part = reader_.run();
    part.first_step = begin;
    part.steps = end - begin;
    const bool changed = std::any_of(part.log.begin(), part.log.end(),
                                     [&](const LoggedAct& act) { return act.step <= begin && changes_run(act); });
    if (changed) {
      const RunOptions options = options_from(begin);
      part.freeze = options.freeze;
      const double sigma = options.noise.sigma.value_or(0.0);
      if (options.noise.replay.data == nullptr) part.noise = sigma == 0.0 ? "off" : formatted("{}", sigma);
    }
    std::erase_if(part.log, [&](const LoggedAct& act) { return act.step <= begin || act.step > end; });
    return part;
  }

  std::vector<std::string> take_warnings() {
    std::sort(warnings_.begin(), warnings_.end());
    warnings_.erase(std::unique(warnings_.begin(), warnings_.end()), warnings_.end());
    return std::move(warnings_);
  }

private:
  Network with_rules(Network network) const {
    network.set_rules(rules_);
    check_values(reader_.run().rules, network.rules());
    return network;
  }

  void warn(std::string text) {
    const std::lock_guard lock(mutex_);
    warnings_.push_back(std::move(text));
  }

  bool has_checksums() const { return landmarks_ && !landmarks_->table().empty(); }

  /// What is given must be what the run had. With landmarks, verify_drive() compares the steps that are repeated.
  void check_drive(const Continuation& continuation) const {
    const RunDescription& run = reader_.run();
    const bool by_array = run.inputs_shape[0] != 0;
    const bool driven = by_array || (run.inputs != "none" && !run.source);
    require_drive({.inputs = driven, .noise = run.noise == "replayed", .inputs_name = run.inputs}, options_,
                  run.signals);
    const std::uint64_t steps = run.steps;
    if (options_.inputs.data != nullptr) {
      if (by_array && options_.inputs.features != run.inputs_shape[0]) {
        throw ShapeError(formatted("inputs with {} features", options_.inputs.features),
                         formatted("those of the run have {}", run.inputs_shape[0]));
      }
      require_steps("inputs", options_.inputs.steps, steps);
    } else if (by_array) {
      throw ParameterError("a source of your own", formatted("the run had an array of inputs, '{}'", run.inputs),
                           "give the array");
    }
    if (options_.noise.replay.data != nullptr) require_steps("noise", options_.noise.replay.steps, steps);
    for (const Signal& signal : options_.signals) {
      const auto* const array = std::get_if<Signal::Values>(&signal.values);
      if (array != nullptr) require_steps(formatted("signal '{}'", signal.name), array->size(), steps);
    }
    if (has_checksums() || options_.inputs.data == nullptr || run.inputs_sha256.empty()) return;
    const std::string hash = continuation.inputs_sha256.empty() ? sha256(options_.inputs) : continuation.inputs_sha256;
    if (hash != run.inputs_sha256) {
      throw StateError(formatted("inputs with SHA-256 {}", hash),
                       formatted("those of the run have {}", printable_beginning(run.inputs_sha256, 80)),
                       "give those that it began with");
    }
  }

  /// Compares arrays with the checksums of the landmarks around these steps.
  void verify_drive(std::uint64_t begin, std::uint64_t end) const {
    if (!has_checksums() || !has_arrays(options_)) return;
    const auto& table = landmarks_->table();
    const auto by_step = [](const io::Landmark& landmark, std::uint64_t step) { return landmark.step < step; };
    auto before = std::lower_bound(table.begin(), table.end(), begin + 1, by_step);
    if (before == table.begin()) return;
    --before;
    const auto after = std::lower_bound(table.begin(), table.end(), end, by_step);
    const std::uint64_t last = after == table.end() ? steps_.end : after->step;
    const std::uint64_t expected = after == table.end() ? *landmarks_->drive_checksum() : after->drive_checksum;
    const std::uint64_t found =
        drive_checksum(options_, before->step - steps_.begin, last - steps_.begin, before->drive_checksum);
    if (found == expected) return;
    throw StateError(formatted("inputs, noise or signals of the steps {} to {}", before->step, last),
                     "differ from those that the run has had", "give those that it began with");
  }

  /// The network that the seed builds. The file must not contradict that the run began with it.
  Network built() {
    if (steps_.begin != 0) {
      throw StateError(formatted("the network with which the run began, of step {}", steps_.begin),
                       "is not in the file", "a run with keep_checkpoints keeps it");
    }
    const std::lock_guard lock(built_mutex_);
    if (!built_) {
      Network network = with_rules({parameters(), reader_.seed()});
      const State last = reader_.state();
      if (*network.state().wie != *last.wie || network.state().h_ip != last.h_ip) refuse_beginning();
      check_recordings(network);
      built_.emplace(std::move(network));
    }
    return *built_;
  }

  [[noreturn]] void refuse_beginning() const {
    throw StateError("the network with which the run began",
                     formatted("is not the one that seed {} builds, and is not in the file", reader_.seed()),
                     "a run with keep_checkpoints keeps it");
  }

  /// Compares the first steps with what the run has recorded of them.
  void check_recordings(Network network) const {
    constexpr std::uint64_t most_steps = 200;
    constexpr double most_bytes = 4e6;
    const std::uint64_t end = std::min(steps_.end, most_steps);
    std::vector<RecordRequest> requests;
    std::vector<Recording> stored;
    const std::size_t signals = reader_.run().signals.size();
    for (const Recording& recording : reader_.recordings()) {
      RecordRequest request{recording.request.quantity, recording.request.stride, recording.first_step, end};
      if (recording.rows == 0 || recording.first_step >= end) continue;
      if (info(request.quantity).is_of_window()) continue;
      const std::uint64_t rows = std::min<std::uint64_t>(recording.rows, rows_between(request, 0, end));
      request.end = recording.first_step + (rows - 1) * request.stride + 1;
      if (8.0 * static_cast<double>(rows * row_size(recording.row_shape)) > most_bytes) continue;
      stored.push_back(reader_.rows(request.quantity, 0, rows));
      requests.push_back(request);
    }
    if (requests.empty()) return;
    Recorder recorder(network, requests, end, ActivityFormat::byte, signals);
    const std::array<Observer*, 1> observers{&recorder};
    run(network, end, observers, 1);
    for (std::size_t k = 0; k < stored.size(); ++k) {
      if (stored[k].values != recorder.recordings()[k].values) refuse_beginning();
    }
  }

  fs::path path_;
  ResultReader reader_;
  std::optional<io::LandmarkReader> landmarks_;
  OwnRules rules_;
  PastSteps steps_;
  RunOptions options_;
  std::mutex built_mutex_;
  std::optional<Network> built_;
  std::mutex mutex_;  // protects the following member
  std::vector<std::string> warnings_;
};

/// A part of what is to be recorded, between two landmarks.
struct Stretch {
  std::uint64_t begin = 0;  ///< the steps from `begin` on are recorded,
  std::uint64_t end = 0;    ///< those before `end`
  std::vector<RecordRequest> requests{};
  std::vector<std::size_t> numbers{};  ///< of the requests among all
};

/// The first step of the first row that a request records in the steps from `begin` on. A window of statistics may
/// begin before them.
std::uint64_t first_needed(const RecordRequest& request, std::uint64_t begin) noexcept {
  const bool window = info(request.quantity).is_of_window();
  return window ? next_recorded(request, begin) : std::max(request.begin, begin);
}

/// Whether no window of a request has steps before and after this one.
bool divides(const RecordRequest& request, std::uint64_t step) noexcept {
  return !info(request.quantity).is_of_window() || step <= request.begin || step >= request.end ||
         step % request.stride == 0;
}

/// The parts of [begin, end) in which something is recorded. A run begins with step `run_begin`.
std::vector<Stretch> parts_of(std::span<const RecordRequest> requests, std::uint64_t begin, std::uint64_t end,
                              const std::vector<std::uint64_t>& landmarks, std::uint64_t run_begin) {
  std::vector<std::uint64_t> bounds{begin};
  for (const std::uint64_t step : landmarks) {
    const bool between = std::all_of(requests.begin(), requests.end(),
                                     [&](const RecordRequest& request) { return divides(request, step); });
    if (step > begin && step < end && between) bounds.push_back(step);
  }
  bounds.push_back(end);
  std::vector<Stretch> parts;
  for (std::size_t k = 0; k + 1 < bounds.size(); ++k) {
    Stretch part{bounds[k], bounds[k]};
    for (std::size_t number = 0; number < requests.size(); ++number) {
      RecordRequest request = requests[number];
      request.begin = first_needed(request, bounds[k]);
      request.end = std::min(request.end, bounds[k + 1]);
      if (request.begin >= request.end) continue;
      const std::uint64_t rows = rows_between(request, request.begin, request.end);
      if (rows == 0) continue;
      part.begin = std::min(part.begin, std::max(request.begin, run_begin));
      const std::uint64_t last = next_recorded(request, request.begin) + (rows - 1) * request.stride;
      part.end = std::max(part.end, recorded_in(request, last) + 1);
      part.requests.push_back(request);
      part.numbers.push_back(number);
    }
    if (!part.requests.empty()) parts.push_back(std::move(part));
  }
  return parts;
}

void append(Recording& all, Recording&& part) {
  if (all.rows == 0) {
    all.values = std::move(part.values);
    all.start = std::move(part.start);
  } else {
    std::visit(
        [&](auto& values) {
          const auto& more = std::get<std::decay_t<decltype(values)>>(part.values);
          values.insert(values.end(), more.begin(), more.end());
        },
        all.values);
  }
  all.rows += part.rows;
}

/// Refuses recordings that do not fit into memory.
void require_memory_for(std::span<const Recording> recordings, std::uint64_t begin, std::uint64_t end) {
  double bytes = 0.0;
  for (const Recording& recording : recordings) {
    if (info(recording.request.quantity).is_events()) continue;  // their number is not known
    const double width =
        std::visit([](const auto& values) { return static_cast<double>(sizeof(values[0])); }, recording.values);
    const auto rows = static_cast<double>(rows_between(recording.request, begin, end));
    bytes += rows * width * static_cast<double>(row_size(recording.row_shape));
  }
  if (bytes <= physical_memory_bytes()) return;
  throw ParameterError(formatted("recordings of {:.3g} GB", bytes / 1e9),
                       formatted("this machine has {:.3g} GB", physical_memory_bytes() / 1e9),
                       "record fewer steps, or give a stride");
}

}  // namespace

PastNetwork network_at(const fs::path& path, std::uint64_t step, const Continuation& continuation, Observer* watch) {
  Past past(path, continuation);
  const auto [begin, end] = past.steps();
  if (step < begin || step > end) {
    throw ParameterError(formatted("step {}", step), formatted("the run goes from step {} to step {}", begin, end));
  }
  Network network = past.start(step);
  const std::uint64_t from = network.state().step;
  const std::array<Observer*, 1> observers{watch};
  past.run(network, step, std::span(observers).first(watch == nullptr ? 0 : 1), continuation.threads);
  return {std::move(network), from, past.take_warnings()};
}

Recomputed recompute(const fs::path& path, std::span<const RecordRequest> requests, std::uint64_t begin,
                     std::uint64_t end, std::size_t threads, const Continuation& continuation,
                     const TravelWatch& watch) {
  Past past(path, continuation);
  const PastSteps all = past.steps();
  if (begin < all.begin || end > all.end || begin >= end) {
    throw ParameterError(formatted("the steps from {} to before {}", begin, end),
                         formatted("the run has those from {} to before {}", all.begin, all.end));
  }
  if (requests.empty()) throw ParameterError("no quantity", "must name what to record, such as E");
  const std::size_t signals = past.options().signals.size();
  Sizes sizes = sizes_of(past.parameters(), signals);
  sizes.measures = measure_names();
  require_there(requests, sizes);
  Recomputed result;
  result.run = past.description(begin, end);
  for (const RecordRequest& request : requests) {
    validate(request, begin, end);
    Recording& recording = result.recordings.emplace_back(without_rows(request.quantity, sizes));
    recording.request = request;
    recording.first_step = next_recorded(request, begin);
    if (info(request.quantity).axes[0] == Axis::measure) recording.columns = sizes.measures;
  }
  require_memory_for(result.recordings, begin, end);

  const std::vector<std::uint64_t> landmarks = past.landmarks();
  const std::vector<Stretch> parts = parts_of(requests, begin, end, landmarks, all.begin);
  std::uint64_t steps = 0;
  for (const Stretch& part : parts) {
    const auto after = std::upper_bound(landmarks.begin(), landmarks.end(), part.begin);
    steps += part.end - (after == landmarks.begin() ? all.begin : *std::prev(after));
  }
  const std::size_t at_once = is_one_at_a_time(past.options()) ? 1 : std::min(thread_count(threads), parts.size());
  const std::size_t threads_each = parts.size() == 1 ? continuation.threads : 1;
  Batch batch(std::max<std::size_t>(at_once, 1), [&](std::uint64_t done) {
    return watch ? watch(std::min(done, steps), steps) : Observer::Outcome::go_on;
  });
  std::vector<std::vector<Recording>> recorded(parts.size());
  batch.run(numbers(0, parts.size()), [&](std::uint64_t k, Observer& job) -> Batch::Finish {
    const Stretch& part = parts[k];
    Network network = past.start(part.begin);
    Recorder recorder(network, part.requests, part.end - network.state().step, ActivityFormat::byte, signals,
                      sizes.measures);
    OnlineStatistics statistics(network, part.requests, recorder);
    const std::array<Observer*, 2> observers{&statistics, &job};
    past.run(network, part.end, observers, threads_each);
    recorded[k] = recorder.take();
    return {};
  });
  result.warnings = past.take_warnings();
  result.stopped = batch.stopped();
  for (std::size_t k = 0; k < parts.size() && !result.stopped; ++k) {
    for (std::size_t r = 0; r < recorded[k].size(); ++r) {
      append(result.recordings[parts[k].numbers[r]], std::move(recorded[k][r]));
    }
    recorded[k].clear();
  }
  if (result.stopped) result.recordings.clear();
  return result;
}

PastSteps past_steps(const fs::path& path) {
  const ResultReader reader(file_of_run(path));
  const RunDescription& run = reader.run();
  if (run.steps > 0) return {run.first_step, run.first_step + run.steps};
  const std::uint64_t step = reader.state().step;
  return {step, step};
}

}  // namespace sorn
