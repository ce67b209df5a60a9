#include <sorn/file_run.hpp>

#include "analysis/windows.hpp"
#include "core/own_rule.hpp"
#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "io/acts.hpp"
#include "io/checkpoint.hpp"
#include "io/files/checksum.hpp"
#include "io/provenance.hpp"
#include "io/result_stream.hpp"
#include "io/schema.hpp"
#include "runs/disk_room.hpp"
#include "runs/drive.hpp"
#include "runs/replay.hpp"
#include "runs/watch.hpp"
#include "support/format.hpp"
#include "team/agreement.hpp"

#include <sorn/error.hpp>
#include <sorn/measures.hpp>
#include <sorn/share.hpp>

#include <sorn/result_reader.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace sorn {

namespace fs = std::filesystem;

namespace {

using namespace runs;

constexpr std::size_t checkpoints_kept = 2;

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

/// The callers' observers as one, which remembers that one of them has ended the run.
class Others final : public Observer {
public:
  explicit Others(std::span<Observer* const> observers) noexcept : observers_(observers) {}

  Outcome on_step(const StepView& view) override {
    return ask([&](Observer& observer) { return observer.on_step(view); });
  }
  Outcome on_wait() override {
    return ask([](Observer& observer) { return observer.on_wait(); });
  }
  bool reads_activity(std::uint64_t step) const noexcept override {
    return std::any_of(observers_.begin(), observers_.end(),
                       [&](const Observer* observer) { return observer->reads_activity(step); });
  }
  bool sees_synapses() const noexcept override {
    return std::any_of(observers_.begin(), observers_.end(),
                       [](const Observer* observer) { return observer->sees_synapses(); });
  }
  bool stopped() const noexcept { return stopped_; }

private:
  template <class Question>
  Outcome ask(const Question& question) {
    for (Observer* const observer : observers_) {
      if (question(*observer) == Outcome::stop) stopped_ = true;
    }
    return stopped_ ? Outcome::stop : Outcome::go_on;
  }

  std::span<Observer* const> observers_;
  bool stopped_ = false;
};

/// Checks that a network can go on with the settings that an act has changed.
/// @param beginning  those with which the run began
void check_changed(const Network& network, const RunOptions& beginning, const RunOptions& options) {
  validate_rules_of_run(network.parameters(), network.state(), network.rules(), options);
  if (!seeks_target_rate(network.parameters(), beginning)) check_target_rate(network.parameters(), options);
}

void check(const Network& network, const RunPlan& plan) {
  if (plan.steps == 0) throw ParameterError("a run of 0 steps", "must have a step or more");
  require_checkpoints_to_keep(plan);
  require_distinct(plan.record);
  require_there(plan.record, sizes_of(network.state(), plan.options.signals.size(), measure_names()));
  const std::uint64_t begin = network.state().step;
  for (const RecordRequest& request : plan.record) validate(request, begin, begin + plan.steps);
  if (plan.options.new_synapses) {
    throw ParameterError("new_synapses",
                         "cannot be given to a run into a file, which could not be resumed without them");
  }
  validate(network.parameters(), begin, plan.steps, plan.options);
  validate_rules_of_run(network.parameters(), network.state(), network.rules(), plan.options);
  check_source(network.parameters(), network.state().seed, begin, plan.steps, plan.options);
  check_log(plan.replay, plan.options, begin, begin + plan.steps,
            [&](const RunOptions& options) { check_changed(network, plan.options, options); });
}

}  // namespace

class FileRun::Implementation final : public Observer {
public:
  Implementation(fs::path file, Network network, RunPlan plan)
      : file_(std::move(file)),
        network_(std::move(network)),
        plan_(std::move(plan)),
        first_step_(network_.state().step) {
    plan_.options.noise.sigma = plan_.options.noise.sigma.value_or(network_.parameters().noise_sigma);
    if (keeps_some()) distance_ = (plan_.steps - 1) / plan_.keep_checkpoints + 1;
    agreed(ranks(), [&] {
      check(network_, plan_);
      windows_ = analysis::Windows(plan_.record, network_.state(), first_step_, measure_names());
      drive_checksum_ = rule_checksum(network_.rules());
    });
    options_ = plan_.options;
    ahead_ = plan_.replay;
    network_.begin_memory();  // the first checkpoint has it
    agreed(ranks(), [&] {
      if (!writes()) return;
      if (!plan_.provenance) plan_.provenance = io::current_provenance();
      identify_inputs();
      claim_ = io::claimed(file_);  // from here on only this run changes the files
      io::require_no_checkpoints(file_);
      // Shares that killed ranks left behind: no checkpoint refers to them.
      if (ranks() != nullptr) io::remove_stray_shares(file_);
      if (!has_checkpoints()) io::remove_partial(file_);  // left by a run that was killed before its first checkpoint
      runs::require_room(file_, network_.state(), plan_);
      stream_.emplace(file_, network_.state(), plan_.record, plan_.steps, has_checkpoints(), existing(plan_.overwrite),
                      claim_, plan_.options.signals.size(), windows_.measures());
    });
    if (ranks() == nullptr) watch_.emplace(file_);
    if (plan_.keep_checkpoints > 0) agreed(ranks(), [&] { keep_landmark(network_.state()); });
    if (has_checkpoints()) write_checkpoint(network_.state());
  }

  /// @param claim  the claim on the file, made before the search for the checkpoint
  Implementation(fs::path file, std::shared_ptr<io::Claim> claim, io::Checkpoint checkpoint,
                 const Continuation& continuation, const std::shared_ptr<Ranks>& ranks_that_go_on)
      : file_(std::move(file)),
        claim_(std::move(claim)),
        network_(checkpoint.parameters, std::move(checkpoint.state), ranks_that_go_on),
        first_step_(checkpoint.run.first_step),
        done_(checkpoint.run.steps),
        checksummed_(done_) {
    plan_.steps = continuation.steps.value_or(checkpoint.resume.steps);
    plan_.checkpoint_every = continuation.checkpoint_every.value_or(checkpoint.resume.checkpoint_every);
    plan_.keep_checkpoints = checkpoint.resume.keep_checkpoints;
    distance_ = checkpoint.resume.landmark_distance;
    plan_.overwrite = continuation.overwrite || checkpoint.resume.overwrite;
    plan_.inputs = continuation.inputs_name.value_or(checkpoint.run.inputs);
    plan_.inputs_sha256 = continuation.inputs_sha256;
    plan_.provenance = checkpoint.provenance;  // as at the beginning of the run
    plan_.options.phase = checkpoint.run.phase;
    plan_.options.freeze = checkpoint.run.freeze;
    plan_.options.noise = {checkpoint.resume.noise_sigma, continuation.noise};
    plan_.options.inputs = continuation.inputs;
    plan_.options.source = checkpoint.run.source;
    plan_.options.own_source = continuation.own_source;
    plan_.options.signals = ordered_as(checkpoint.run.signals, continuation.signals);
    plan_.options.threads = continuation.threads;
    for (const auto& recording : checkpoint.progress.recordings) plan_.record.push_back(recording.request);
    agreed(ranks(), [&] {
      network_.set_rules(continuation.rules);
      check_continuation(checkpoint, continuation);
      log_ = checkpoint.run.log;
      ahead_ = checkpoint.resume.log_ahead;
      plan_.replay = ahead_;
      options_ = options_at(log_, plan_.options, network_.state().step);
      windows_ = analysis::Windows(plan_.record, network_.state(), first_step_, checkpoint.progress.measures);
      windows_.restore(network_.state().step, checkpoint.progress.windows);
      if (!writes()) return;
      identify_inputs();
      require_result_of(checkpoint);
      stream_.emplace(file_, network_.state(), checkpoint.progress, existing(plan_.overwrite), claim_,
                      plan_.options.signals.size());
      space_out(checkpoint);
    });
    // Remove the later checkpoints, the newest first, then truncate the file after the step of this checkpoint. If this
    // is interrupted, the file still holds all steps up to the newest remaining checkpoint.
    auto checkpoints = io::checkpoints_of(file_);
    const auto rest = std::find_if(checkpoints.begin(), checkpoints.end(),
                                   [&](const auto& c) { return c.step <= network_.state().step; });
    checkpoints_.assign(rest, checkpoints.end());
    saved_acts_ = log_.size();
    agree(ranks(), nullptr);  // all ranks have listed the checkpoints
    if (ranks() == nullptr) watch_.emplace(file_);
    if (!writes()) return;
    std::reverse(checkpoints.begin(), rest);
    io::remove(std::span(checkpoints.begin(), rest));
    stream_->cut_off();
    io::remove_stray_shares(file_);  // left by killed processes
  }

  const Network& network() const noexcept { return network_; }
  Network take_network() noexcept { return std::move(network_); }
  const RunPlan& plan() const noexcept { return plan_; }
  const fs::path& file() const noexcept { return file_; }
  std::uint64_t first_step() const noexcept { return first_step_; }
  std::uint64_t steps_done() const noexcept { return done_; }
  std::vector<Recording> recordings() const { return stream_ ? stream_->recordings() : std::vector<Recording>(); }

  std::uint64_t run(std::span<Observer* const> observers, std::uint64_t most_steps) {
    const std::uint64_t end = done_ + std::min(plan_.steps - done_, most_steps);
    try {
      run_to(end, observers);
    } catch (const IoError& error) {
      if (anyone(ranks(), failed_)) throw_resumable(error);
      complete();
      throw;
    } catch (...) {
      if (!anyone(ranks(), failed_)) complete();
      throw;
    }
    complete();
    return done_;
  }

  /// Records the step. The network's state is already that after the step, so a checkpoint can be written now.
  Outcome on_step(const StepView& view) override {
    ++done_;
    failed_ = true;
    const bool due = has_checkpoint_after(done_);
    const bool keeps = keeps_landmark_after(done_);
    if (writes()) windows_.add(view);
    if (!ranks()) {
      record(view);
    } else if (due) {
      agreed(ranks(), [&] { record_gathered(view); });
    } else {
      record_gathered(view);  // if this fails, the other ranks learn it in the next step
    }
    if (keeps) keep_landmark(view.state);
    if (due) write_checkpoint(view.state);
    failed_ = false;
    return watch_ ? attend(view) : Outcome::go_on;
  }

  /// A checkpoint has the activity of all units in the file of each rank; recordings are written by one of them.
  bool reads_activity(std::uint64_t step) const noexcept override {
    const bool whole = has_checkpoint_after(done_ + 1) || keeps_landmark_after(done_ + 1);
    if (whole || !writes()) return whole;
    return std::any_of(plan_.record.begin(), plan_.record.end(), [&](const RecordRequest& request) {
      const QuantityInfo& quantity = info(request.quantity);
      return quantity.is_of_window() || (quantity.is_activity() && sorn::records(request, step));
    });
  }

  bool sees_synapses() const noexcept override {
    return std::any_of(plan_.record.begin(), plan_.record.end(),
                       [](const RecordRequest& request) { return info(request.quantity).is_events(); });
  }

private:
  /// Runs to the end, in parts between which acts change the settings.
  void run_to(std::uint64_t end, std::span<Observer* const> observers) {
    Others others(observers);
    others_ = &others;
    const std::array<Observer*, 2> both{this, &others};
    const auto all = std::span(both).first(observers.empty() ? 1 : 2);
    carry_out_ahead();
    bool goes_on = true;
    do {
      RunOptions options = options_;
      options.inputs = from_step(options.inputs, done_);
      options.noise.replay = from_step(options.noise.replay, done_);
      options.signals = from_step(std::move(options.signals), done_);
      const std::uint64_t step = network_.state().step;
      const std::uint64_t next = next_act(ahead_, step, step + (end - done_));
      restarts_ = false;
      const std::uint64_t ran = network_.run(next - step, options, all);
      goes_on = done_ < end && (ran == next - step || restarts_) && !anyone(ranks(), others.stopped());
      carry_out_ahead();
    } while (goes_on);
    others_ = nullptr;
  }

  /// Carries out the acts of the log that the run repeats, up to the present step.
  void carry_out_ahead() {
    const auto later = std::find_if(ahead_.begin(), ahead_.end(),
                                    [&](const LoggedAct& act) { return act.step > network_.state().step; });
    for (auto act = ahead_.begin(); act != later; ++act) {
      apply(*act, options_);
      log_.push_back(std::move(*act));
    }
    ahead_.erase(ahead_.begin(), later);
  }

  // --- watchers

  /// Gives watchers their due after a step. It costs little while there are none.
  Outcome attend(const StepView& view) {
    if (restarted_at_) watch_->charge(Watch::Clock::now() - *std::exchange(restarted_at_, std::nullopt));
    watch_->collect(view);
    if (done_ < hold_at_ && !watch_->is_due()) return Outcome::go_on;
    if (!watch_->is_watched()) {
      let_go();
      return Outcome::go_on;
    }
    if (done_ == plan_.steps) return Outcome::go_on;  // complete() says that the run is over
    bool changes = carry_out_next();
    if (done_ >= hold_at_) {
      if (wait(changes) == Outcome::stop) return Outcome::stop;
    } else if (watch_->frame_is_due()) {
      watch_->publish(standing("running"));
    }
    if (!changes) return Outcome::go_on;
    restarts_ = true;  // run_to() goes on with the changed settings
    restarted_at_ = Watch::Clock::now();
    return Outcome::stop;
  }

  /// Waits until a watcher lets the run go on, or until there is none any more.
  Outcome wait(bool& changes) {
    constexpr std::chrono::milliseconds moment{20};
    constexpr int moments_between_frames = 50;  // so that watchers see that the run is still there
    int moments = 0;
    watch_->publish(standing("paused"));
    while (done_ >= hold_at_) {
      std::this_thread::sleep_for(moment);
      if (others_ != nullptr && others_->on_wait() == Outcome::stop) return Outcome::stop;
      if (!watch_->is_watched()) {
        let_go();
        break;
      }
      if (!watch_->has_acts() && ++moments % moments_between_frames != 0) continue;
      changes = carry_out_next() || changes;
      watch_->publish(standing(done_ >= hold_at_ ? "paused" : "running"));
    }
    watch_->go_on();
    return Outcome::go_on;
  }

  /// Ends a pause that nobody is there to end.
  void let_go() {
    if (hold_at_ == never) return;
    hold_at_ = never;
    log_.push_back({.step = network_.state().step, .kind = ActKind::go_on});
  }

  /// Carries out the next act of a watcher, or says why not. True if the run must go on with other settings.
  bool carry_out_next() {
    const auto asked = watch_->next_act();
    if (!asked) return false;
    LoggedAct act = asked->act;
    act.step = network_.state().step;
    try {
      require_possible(act);
      if (changes_run(act)) {
        RunOptions changed = options_;
        apply(act, changed);
        check_changed(network_, plan_.options, changed);
        options_ = std::move(changed);
      }
    } catch (const Error& error) {
      watch_->answer(asked->number, error.what());
      return false;
    }
    if (act.kind == ActKind::pause) hold_at_ = done_;
    if (act.kind == ActKind::go_on) hold_at_ = never;
    if (act.kind == ActKind::step) hold_at_ += std::min(act.steps, plan_.steps);
    watch_->answer(asked->number, {});
    const bool changes = changes_run(act);
    log_.push_back(std::move(act));
    return changes;
  }

  void require_possible(const LoggedAct& act) const {
    if (log_.size() + 1 >= longest_run_log) {
      throw ParameterError(io::in_words(act), formatted("the log of the run has {} acts and is full", log_.size()));
    }
    if (changes_run(act) && !ahead_.empty()) {
      throw ParameterError(io::in_words(act), formatted("the run repeats a log up to step {}", ahead_.back().step));
    }
    if (act.kind == ActKind::pause && hold_at_ <= done_) throw ParameterError("pause", "the run is paused already");
    if ((act.kind == ActKind::go_on || act.kind == ActKind::step) && hold_at_ == never) {
      throw ParameterError(io::in_words(act), "the run is not paused");
    }
  }

  Standing standing(std::string_view word) const {
    return {word, first_step_, done_, plan_.steps, network_, options_, log_};
  }

  bool has_checkpoints() const noexcept { return plan_.checkpoint_every > 0; }
  /// Whether a checkpoint is due after so many steps of the run.
  bool has_checkpoint_after(std::uint64_t done) const noexcept {
    return has_checkpoints() && (first_step_ + done) % plan_.checkpoint_every == 0 && done < plan_.steps;
  }
  /// The same for a landmark.
  bool keeps_landmark_after(std::uint64_t done) const noexcept {
    if (!keeps_some()) return plan_.keep_checkpoints > 0 && has_checkpoint_after(done);
    return done % distance_ == 0 && done < plan_.steps;
  }
  /// Whether the states of a number of steps are kept, and not those of the checkpoints.
  bool keeps_some() const noexcept { return plan_.keep_checkpoints > 0 && plan_.keep_checkpoints != every_checkpoint; }
  Ranks* ranks() const noexcept { return network_.ranks().get(); }
  std::size_t rank_count() const noexcept { return ranks() == nullptr ? 1 : ranks()->size(); }
  /// Whether this rank writes the result file.
  bool writes() const noexcept { return ranks() == nullptr || ranks()->rank() == 0; }

  /// Whether a quantity with this property is recorded in a step.
  bool records(std::uint64_t step, Property property) const {
    return std::any_of(plan_.record.begin(), plan_.record.end(), [&](const RecordRequest& request) {
      return (info(request.quantity).*property)() && sorn::records(request, step);
    });
  }

  /// Records a step. The state is that of the whole network.
  void record(const StepView& view) {
    if (windows_.end_with(view.step)) {
      stream_->record(view.with(windows_.rows(view.step, view.state)));
    } else {
      stream_->record(view);
    }
  }

  /// Whether events of synapses are recorded for the first time in a step.
  bool begins_lineage(std::uint64_t step) const {
    return std::any_of(plan_.record.begin(), plan_.record.end(), [&](const RecordRequest& request) {
      return info(request.quantity).is_events() && next_recorded(request, first_step_) == step;
    });
  }

  /// Records a step of a network over ranks: each rank knows all activity and counts; weights, thresholds and events of
  /// synapses are gathered.
  void record_gathered(const StepView& view) {
    const bool weights =
        records(view.step, &QuantityInfo::is_weights) || windows_.end_with(view.step) || begins_lineage(view.step);
    const bool thresholds = records(view.step, &QuantityInfo::is_thresholds);
    std::vector<SynapseEvent> events;
    if (records(view.step, &QuantityInfo::is_events)) events = gathered(view.synapses, view.step, *ranks());
    if (!weights && !thresholds) {
      if (writes()) stream_->record(view.with(view.state, events));
      return;
    }
    const State whole = gathered(view.state, *ranks(), weights ? Gathered::all : Gathered::thresholds);
    if (writes()) record(view.with(whole, events));
  }

  void identify_inputs() {
    const InputView& inputs = plan_.options.inputs;
    if (inputs.data == nullptr) {
      plan_.inputs_sha256.clear();
    } else if (plan_.inputs_sha256.empty()) {
      plan_.inputs_sha256 = sha256(inputs);
    }
  }

  /// σ of the noise that is drawn; the constructors set it.
  double sigma() const noexcept { return plan_.options.noise.sigma.value_or(0.0); }

  std::string inputs_in_words() const {
    if (plan_.options.source) return std::string(info(plan_.options.source->sequence).name);
    return plan_.options.own_source != nullptr && plan_.inputs == "none" ? "own source" : plan_.inputs;
  }

  RunDescription description() const {
    const Noise& noise = plan_.options.noise;
    const InputView& inputs = plan_.options.inputs;
    const bool driven = inputs.data != nullptr;
    const bool replayed = noise.replay.data != nullptr;
    return {.phase = plan_.options.phase,
            .freeze = plan_.options.freeze,
            .noise = replayed ? "replayed" : (sigma() == 0.0 ? "off" : formatted("{}", sigma())),
            .inputs = inputs_in_words(),
            .first_step = first_step_,
            .steps = done_,
            .inputs_shape = {driven ? inputs.features : 0, driven ? inputs.steps : 0},
            .inputs_sha256 = plan_.inputs_sha256,
            .source = plan_.options.source,
            .signals = signal_names(plan_.options.signals),
            .rules = described(network_.rules()),
            .log = log_};
  }

  /// Requires that a complete file at the target is the result of this run: a run that was stopped leaves its result
  /// there and extends it when it is resumed. Refuses any other file, since a user must have put it there.
  void require_result_of(const io::Checkpoint& checkpoint) const {
    std::error_code unknown;
    if (fs::exists(fs::symlink_status(io::partial_path(file_), unknown))) return;
    const auto size = fs::file_size(file_, unknown);
    if (unknown || size < checkpoint.progress.stage.size) return;  // this has its own error
    const ResultReader result(file_);
    const RunDescription& found = result.run();
    const RunDescription& run = checkpoint.run;
    const bool same = result.parameters() == network_.parameters() && result.seed() == network_.state().seed &&
                      found.first_step == run.first_step && found.steps >= run.steps && found.phase == run.phase &&
                      found.freeze == run.freeze && found.noise == run.noise && found.source == run.source &&
                      found.signals == run.signals && found.log.size() >= run.log.size() &&
                      std::equal(run.log.begin(), run.log.end(), found.log.begin());
    if (same) return;
    throw FormatError(formatted("'{}' is the result of another run", file_.string()),
                      "its recordings are not those of the checkpoint", "move it away, and put that of this run there");
  }

  void checksum_drive() {
    drive_checksum_ = drive_checksum(plan_.options, checksummed_, done_, drive_checksum_);
    checksummed_ = done_;
  }

  /// Keeps the state as a landmark of the result. Collective if there are ranks.
  void keep_landmark(const State& state) {
    checksum_drive();
    if (ranks() == nullptr) {
      stream_->keep_landmark(state, drive_checksum_);
      return;
    }
    const State whole = gathered(state, *ranks());
    if (writes()) stream_->keep_landmark(whole, drive_checksum_);
  }

  /// A resumed run that has become longer keeps landmarks at twice the distance, or more, if there were too many.
  void space_out(const io::Checkpoint& checkpoint) {
    if (!keeps_some()) return;
    if (distance_ == 0) {
      throw FormatError(formatted("attribute '{}' = 0", io::schema::landmark_distance), "must be 1 or more");
    }
    while ((plan_.steps - 1) / distance_ + 1 > plan_.keep_checkpoints) distance_ *= 2;
    if (distance_ != checkpoint.resume.landmark_distance) stream_->thin_landmarks(first_step_, distance_);
  }

  /// All ranks write their shares at the same time. Rank 0 publishes the checkpoint when the others are done.
  void write_files(const fs::path& path, const State& state, const io::ResumeInfo& resume) {
    std::random_device device;
    const io::Sharing sharing{
        .ranks = rank_count(),
        .identity = numbers_of_all(ranks(), static_cast<std::uint64_t>(device()) << 32U | device()).front()};
    bool shares_agreed = false;
    const auto agree_on_shares = [&](const std::exception_ptr& error) {
      shares_agreed = true;
      agree(ranks(), error);
    };
    agreed(ranks(), [&] {
      try {
        if (writes()) {
          io::save_checkpoint(path, network_.parameters(), state, sharing, description(), *plan_.provenance, resume,
                              stream_->progress(windows_.parts()), [&] { agree_on_shares(nullptr); });
        } else {
          io::save_share(path, state, sharing, ranks()->rank());
          agree_on_shares(nullptr);
        }
      } catch (...) {
        if (!shares_agreed) agree_on_shares(std::current_exception());
        throw;
      }
    });
  }

  void write_checkpoint(const State& state) {
    const bool first = checkpoints_.empty();
    checksum_drive();
    const io::ResumeInfo resume{.steps = plan_.steps,
                                .checkpoint_every = plan_.checkpoint_every,
                                .noise_sigma = sigma(),
                                .noise_replayed = plan_.options.noise.replay.data != nullptr,
                                .driven = has_inputs(plan_.options),
                                .drive_checksum = drive_checksum_,
                                .overwrite = plan_.overwrite,
                                .keep_checkpoints = plan_.keep_checkpoints,
                                .landmark_distance = distance_,
                                .log_ahead = ahead_};
    const fs::path path = io::checkpoint_path(file_, state.step);
    try {
      write_files(path, state, resume);
      if (writes() && first) stream_->keep();
    } catch (...) {  // it may exist, but not safe on the disk; without another one the file is removed
      if (writes()) io::remove(std::array{io::CheckpointFile{path, state.step}});
      throw;
    }
    saved_acts_ = log_.size();
    if (!checkpoints_.empty() && checkpoints_.front().step == state.step) return;  // it has taken its own place
    checkpoints_.insert(checkpoints_.begin(), {path, state.step});
    if (checkpoints_.size() > checkpoints_kept) {
      if (writes()) io::remove(std::span(checkpoints_).subspan(checkpoints_kept));
      checkpoints_.resize(checkpoints_kept);
    }
  }

  /// Publishes the result file. If the run is not complete, it keeps a checkpoint; a complete run needs none.
  void complete() {
    const State& state = network_.state();
    const bool done = done_ == plan_.steps;
    const bool is_saved =
        !checkpoints_.empty() && checkpoints_.front().step == state.step && saved_acts_ == log_.size();
    try {
      if (has_checkpoints() && !done && !is_saved) write_checkpoint(state);
      finish(state);
    } catch (const IoError& error) {
      throw_resumable(error);
    }
    if (watch_ && watch_->is_watched()) watch_->publish(standing(done ? "ended" : "stopped"));
    if (!writes()) return;
    if (done) io::remove(checkpoints_);
    if (done && ranks() != nullptr) io::remove_stray_shares(file_);
    claim_.reset();
  }

  void finish(const State& state) {
    if (plan_.keep_checkpoints > 0) checksum_drive();
    if (ranks() == nullptr) {
      stream_->finish(network_.parameters(), state, description(), *plan_.provenance, drive_checksum_);
      return;
    }
    const State whole = gathered(state, *ranks());
    agreed(ranks(), [&] {
      if (writes()) stream_->finish(network_.parameters(), whole, description(), *plan_.provenance, drive_checksum_);
    });
  }

  /// Throws the same error, and says from which step the run can be resumed.
  [[noreturn]] void throw_resumable(const IoError& error) const {
    if (checkpoints_.empty()) throw IoError(error);
    const std::string way =
        formatted("then resume '{}', which goes on from step {}", file_.string(), checkpoints_.front().step);
    throw IoError(error.subject(), error.rule(),
                  error.suggestion().empty() ? way : formatted("{}; {}", error.suggestion(), way));
  }

  void check_continuation(const io::Checkpoint& checkpoint, const Continuation& continuation) {
    const io::ResumeInfo& resume = checkpoint.resume;
    if (continuation.phase && *continuation.phase != plan_.options.phase) {
      throw ParameterError(formatted("phase '{}'", name(*continuation.phase)),
                           formatted("the run is one of {}", name(plan_.options.phase)),
                           "'sorn simulate' runs plasticity, 'sorn train' training");
    }
    if (plan_.steps < done_) {
      throw ParameterError(formatted("steps = {}", plan_.steps),
                           formatted("must be {} or more, the number of steps that the run has done", done_),
                           "they are those of the whole run");
    }
    const RunOptions& options = plan_.options;
    require_drive({.inputs = resume.driven,
                   .noise = resume.noise_replayed,
                   .inputs_name = plan_.inputs,
                   .file = "the checkpoint"},
                  options, checkpoint.run.signals);
    validate(network_.parameters(), first_step_, plan_.steps, options);
    validate_rules_of_run(network_.parameters(), network_.state(), network_.rules(), options);
    check_source(network_.parameters(), network_.state().seed, first_step_, plan_.steps, options);
    check_values(checkpoint.run.rules, network_.rules());
    const std::uint64_t rules = rule_checksum(network_.rules());  // files of earlier versions have no values
    drive_checksum_ = drive_checksum(options, 0, done_, rules);
    if (drive_checksum_ != resume.drive_checksum) {
      throw StateError(formatted("inputs, noise or signals of the first {} steps{}", done_,
                                 rules == 0 || !checkpoint.run.rules.empty() ? "" : ", or parameters of rules,"),
                       "differ from those that the run has had", "give those that it began with");
    }
  }

  fs::path file_;
  std::shared_ptr<io::Claim> claim_;  // on the file until the run ends; null on ranks that do not write it
  Network network_;
  RunPlan plan_;
  std::uint64_t first_step_;
  std::uint64_t done_ = 0;
  std::uint64_t drive_checksum_ = 0;
  std::uint64_t checksummed_ = 0;  // number of steps that drive_checksum_ includes
  std::uint64_t distance_ = 0;     // steps from one landmark to the next; 0: there is one for each checkpoint
  std::optional<io::ResultStream> stream_;
  analysis::Windows windows_;                    // of the statistics that are recorded
  std::vector<io::CheckpointFile> checkpoints_;  // of this run, the newest first
  RunOptions options_;                           // of the next step; plan_ has those of the beginning
  RunLog log_;                                   // of acts that were carried out
  RunLog ahead_;                                 // acts of a log that the run repeats, still to come
  std::size_t saved_acts_ = 0;                   // in the newest checkpoint
  std::optional<Watch> watch_;                   // unset over ranks
  std::uint64_t hold_at_ = never;                // the number of steps done at which watchers want the run to wait
  bool restarts_ = false;                        // an act has changed the settings: the run goes on with them
  std::optional<Watch::Clock::time_point> restarted_at_;
  Others* others_ = nullptr;  // during run()
  bool failed_ = false;       // a recording failed: the file is valid up to its last checkpoint
};

namespace {

/// The checkpoint that a path refers to, and the result file of its run.
struct Found {
  fs::path file;
  io::Checkpoint checkpoint;
};

/// The advice to resume the newest older checkpoint that is whole, if there is one.
std::string older_one(std::span<const io::CheckpointFile> checkpoints, const Ranks* ranks) {
  for (const io::CheckpointFile& older : checkpoints) {
    try {
      static_cast<void>(io::load_checkpoint(older.path, ranks));
      return formatted("the checkpoint before it is whole: resume '{}'", older.path.string());
    } catch (const Error&) {
      continue;
    }
  }
  return "no other checkpoint of the run is whole";
}

/// The result file of the run that a path refers to.
fs::path file_of(fs::path path) {
  if (const auto checkpoint = io::checkpoint_of_share(path)) path = *checkpoint;
  if (const auto target = io::target_of_checkpoint(path)) return *target;
  std::error_code unknown_kind;
  if (fs::is_directory(path, unknown_kind)) io::throw_system_error("resume", path, EISDIR);
  if (path.extension() == ".partial") path.replace_extension();  // stands for the result until that is complete
  return path;
}

Found find(fs::path path, const Ranks* ranks) {
  if (const auto checkpoint = io::checkpoint_of_share(path)) path = *checkpoint;
  if (const auto target = io::target_of_checkpoint(path)) return {*target, io::load_checkpoint(path, ranks)};
  path = file_of(path);
  const auto checkpoints = io::checkpoints_of(path);
  if (checkpoints.empty()) {
    std::error_code unknown;
    const bool there = fs::exists(path, unknown);
    throw IoError(formatted("there is no checkpoint of '{}'", path.string()),
                  there ? "that run came to its end, or had no checkpoints" : "nor such a file",
                  there ? "a new run can go on from its state" : "check the spelling, and the folder");
  }
  try {
    return {path, io::load_checkpoint(checkpoints.front().path, ranks)};
  } catch (const FormatError& error) {
    throw FormatError(error.subject(), error.rule(), older_one(std::span(checkpoints).subspan(1), ranks));
  }
}

}  // namespace

FileRun::FileRun(const fs::path& file, Network network, RunPlan plan)
    : implementation_(std::make_unique<Implementation>(file, std::move(network), std::move(plan))) {}

FileRun::FileRun(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}

FileRun FileRun::resumed(const fs::path& path, const Continuation& continuation, const std::shared_ptr<Ranks>& ranks) {
  // Claim the file first: a process that still makes this run may complete it and remove its checkpoints at any moment.
  std::shared_ptr<io::Claim> claim;
  agreed(ranks.get(), [&] {
    if (ranks != nullptr && ranks->rank() != 0) return;
    const fs::path file = file_of(path);
    std::error_code unknown;
    if (file.has_parent_path() && !fs::is_directory(file.parent_path(), unknown)) return;  // no file can exist there
    claim = io::claimed(file);
  });
  std::optional<Found> found;
  agreed(ranks.get(), [&] { found = find(path, ranks.get()); });
  return FileRun(std::make_unique<Implementation>(std::move(found->file), std::move(claim),
                                                  std::move(found->checkpoint), continuation, ranks));
}

FileRun::FileRun(FileRun&&) noexcept = default;
FileRun& FileRun::operator=(FileRun&&) noexcept = default;
FileRun::~FileRun() = default;

const Network& FileRun::network() const noexcept { return implementation_->network(); }
Network FileRun::take_network() noexcept { return implementation_->take_network(); }
const RunPlan& FileRun::plan() const noexcept { return implementation_->plan(); }
const fs::path& FileRun::file() const noexcept { return implementation_->file(); }
std::uint64_t FileRun::first_step() const noexcept { return implementation_->first_step(); }
std::uint64_t FileRun::steps_done() const noexcept { return implementation_->steps_done(); }
std::vector<Recording> FileRun::recordings() const { return implementation_->recordings(); }
std::uint64_t FileRun::run(std::span<Observer* const> observers, std::uint64_t most_steps) {
  return implementation_->run(observers, most_steps);
}

}  // namespace sorn
