#include <sorn/file_run.hpp>

#include "core/own_rule.hpp"
#include "core/quantity.hpp"
#include "core/validate.hpp"
#include "io/checkpoint.hpp"
#include "io/files/checksum.hpp"
#include "io/provenance.hpp"
#include "io/result_stream.hpp"
#include "runs/disk_room.hpp"
#include "support/format.hpp"
#include "team/agreement.hpp"

#include <sorn/error.hpp>
#include <sorn/share.hpp>

#include <sorn/result_reader.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <exception>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sorn {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t checkpoints_kept = 2;

InputView from_step(InputView view, std::uint64_t step) noexcept {
  if (view.data == nullptr) return view;
  view.data += static_cast<std::ptrdiff_t>(step) * view.step_stride;
  view.steps -= step;
  return view;
}

/// The signals of the steps from `step` on.
std::vector<Signal> from_step(std::vector<Signal> signals, std::uint64_t step) {
  for (Signal& signal : signals) {
    if (auto* const array = std::get_if<Signal::Values>(&signal.values)) *array = array->subspan(step);
  }
  return signals;
}

/// The signals in the order of `names`; those without a name among them come last.
std::vector<Signal> ordered_as(const std::vector<std::string>& names, std::vector<Signal> signals) {
  std::stable_sort(signals.begin(), signals.end(), [&](const Signal& a, const Signal& b) {
    return std::find(names.begin(), names.end(), a.name) < std::find(names.begin(), names.end(), b.name);
  });
  return signals;
}

/// Adds the inputs, the replayed noise and the arrays of signals of the steps from `begin` to `end` - 1 to a checksum,
/// step by step, so that the result does not depend on how the steps are divided into calls.
std::uint64_t drive_checksum(const RunOptions& options, std::uint64_t begin, std::uint64_t end, std::uint64_t before) {
  std::vector<double> values;
  for (std::uint64_t t = begin; t < end; ++t) {
    for (const InputView& view : {options.inputs, options.noise.replay}) {
      if (view.data == nullptr) continue;
      values.resize(view.features);
      for (std::size_t f = 0; f < view.features; ++f) values[f] = view(f, t);
      before = io::crc64(std::as_bytes(std::span(values)), before);
    }
    for (const Signal& signal : options.signals) {
      const auto* const array = std::get_if<Signal::Values>(&signal.values);
      if (array != nullptr) before = io::crc64(std::as_bytes(array->subspan(t, 1)), before);
    }
  }
  return before;
}

/// The start of the checksum: 0, or that of the parameters of rules of users' own. It does not depend on the order in
/// which the rules were given.
std::uint64_t rule_checksum(const OwnRules& rules) {
  std::vector<std::pair<std::string, double>> values;
  for (const auto& rule : rules) {
    for (RuleValue& one : rule->values()) values.emplace_back(formatted("{}.{}", rule->name(), one.name), one.value);
  }
  std::sort(values.begin(), values.end());
  std::uint64_t sum = 0;
  for (const auto& [name, value] : values) {
    sum = io::crc64(std::as_bytes(std::span(name)), sum);
    sum = io::crc64(std::as_bytes(std::span(&value, 1)), sum);
  }
  return sum;
}

/// Checks that rules have the values of parameters that a run began with. A rule that is not given is no error here:
/// the run may have it frozen.
void check_values(const std::vector<GivenRule>& began_with, const OwnRules& rules) {
  const auto value_in = [](const std::vector<RuleValue>& values, std::string_view name) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const RuleValue& v) { return v.name == name; });
    return found == values.end() ? std::nullopt : std::optional(found->value);
  };
  const auto in_words = [](std::string_view name, const std::optional<double>& value) {
    return value ? formatted("{} = {}", name, *value) : formatted("no parameter '{}'", name);
  };
  for (const GivenRule& had : began_with) {
    const OwnRule* const rule = find_rule(rules, had.name);
    if (rule == nullptr) continue;
    const std::vector<RuleValue> values = rule->values();
    std::vector<std::string> names;
    for (const std::vector<RuleValue>* const some : {&had.values, &values}) {
      for (const RuleValue& value : *some) names.push_back(value.name);
    }
    for (const std::string& name : names) {
      const auto before = value_in(had.values, name);
      const auto now = value_in(values, name);
      if (before == now || (before && now && std::isnan(*before) && std::isnan(*now))) continue;
      throw StateError(formatted("the rule '{}' with {}", had.name, in_words(name, now)),
                       formatted("it began the run with {}", in_words(name, before)), "give it as it was");
    }
  }
}

/// Whether a run has inputs that its checkpoints do not hold.
bool has_inputs(const RunOptions& options) noexcept {
  return options.inputs.data != nullptr || options.own_source != nullptr;
}

void check(const Network& network, const RunPlan& plan) {
  if (plan.steps == 0) throw ParameterError("a run of 0 steps", "must have a step or more");
  require_distinct(plan.record);
  require_there(plan.record, sizes_of(network.state(), plan.options.signals.size()));
  const std::uint64_t begin = network.state().step;
  for (const RecordRequest& request : plan.record) validate(request, begin, begin + plan.steps);
  if (plan.options.new_synapses) {
    throw ParameterError("new_synapses",
                         "cannot be given to a run into a file, which could not be resumed without them");
  }
  validate(network.parameters(), begin, plan.steps, plan.options);
  validate_rules_of_run(network.parameters(), network.state(), network.rules(), plan.options);
  check_source(network.parameters(), network.state().seed, begin, plan.steps, plan.options);
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
    agreed(ranks(), [&] {
      check(network_, plan_);
      drive_checksum_ = rule_checksum(network_.rules());
    });
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
                      claim_, plan_.options.signals.size());
    });
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
      if (!writes()) return;
      identify_inputs();
      require_result_of(checkpoint);
      stream_.emplace(file_, network_.state(), checkpoint.progress, existing(plan_.overwrite), claim_,
                      plan_.options.signals.size());
    });
    // Remove the later checkpoints, the newest first, then truncate the file after the step of this checkpoint. If this
    // is interrupted, the file still holds all steps up to the newest remaining checkpoint.
    auto checkpoints = io::checkpoints_of(file_);
    const auto rest = std::find_if(checkpoints.begin(), checkpoints.end(),
                                   [&](const auto& c) { return c.step <= network_.state().step; });
    checkpoints_.assign(rest, checkpoints.end());
    agree(ranks(), nullptr);  // all ranks have listed the checkpoints
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
    RunOptions options = plan_.options;
    options.inputs = from_step(options.inputs, done_);
    options.noise.replay = from_step(options.noise.replay, done_);
    options.signals = from_step(std::move(options.signals), done_);
    std::vector<Observer*> all{this};
    all.insert(all.end(), observers.begin(), observers.end());
    try {
      network_.run(std::min(plan_.steps - done_, most_steps), options, all);
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
    const bool due = has_checkpoints() && view.state.step % plan_.checkpoint_every == 0 && done_ < plan_.steps;
    if (!ranks()) {
      stream_->record(view);
    } else if (due) {
      agreed(ranks(), [&] { record_gathered(view); });
    } else {
      record_gathered(view);  // if this fails, the other ranks learn it in the next step
    }
    if (due) write_checkpoint(view.state);
    failed_ = false;
    return Outcome::go_on;
  }

  bool sees_synapses() const noexcept override {
    return std::any_of(plan_.record.begin(), plan_.record.end(),
                       [](const RecordRequest& request) { return info(request.quantity).is_events(); });
  }

private:
  bool has_checkpoints() const noexcept { return plan_.checkpoint_every > 0; }
  Ranks* ranks() const noexcept { return network_.ranks().get(); }
  std::size_t rank_count() const noexcept { return ranks() == nullptr ? 1 : ranks()->size(); }
  /// Whether this rank writes the result file.
  bool writes() const noexcept { return ranks() == nullptr || ranks()->rank() == 0; }

  /// Whether a quantity with this property is recorded in a step.
  bool records(std::uint64_t step, Property property) const {
    return std::any_of(plan_.record.begin(), plan_.record.end(), [&](const RecordRequest& request) {
      return (info(request.quantity).*property)() && next_recorded(request, step) == step && step < request.end;
    });
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
    const bool weights = records(view.step, &QuantityInfo::is_weights) || begins_lineage(view.step);
    const bool thresholds = records(view.step, &QuantityInfo::is_thresholds);
    std::vector<SynapseEvent> events;
    if (records(view.step, &QuantityInfo::is_events)) events = gathered(view.synapses, view.step, *ranks());
    if (!weights && !thresholds) {
      if (writes()) stream_->record(view.with(view.state, events));
      return;
    }
    const State whole = gathered(view.state, *ranks(), weights ? Gathered::all : Gathered::thresholds);
    if (!writes()) return;
    stream_->record(view.with(whole, events));
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
            .rules = described(network_.rules())};
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
                      found.signals == run.signals;
    if (same) return;
    throw FormatError(formatted("'{}' is the result of another run", file_.string()),
                      "its recordings are not those of the checkpoint", "move it away, and put that of this run there");
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
                              stream_->progress(), [&] { agree_on_shares(nullptr); });
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
    drive_checksum_ = drive_checksum(plan_.options, checksummed_, done_, drive_checksum_);
    checksummed_ = done_;
    const io::ResumeInfo resume{.steps = plan_.steps,
                                .checkpoint_every = plan_.checkpoint_every,
                                .noise_sigma = sigma(),
                                .noise_replayed = plan_.options.noise.replay.data != nullptr,
                                .driven = has_inputs(plan_.options),
                                .drive_checksum = drive_checksum_,
                                .overwrite = plan_.overwrite};
    const fs::path path = io::checkpoint_path(file_, state.step);
    try {
      write_files(path, state, resume);
      if (writes() && first) stream_->keep();
    } catch (...) {  // it may exist, but not safe on the disk; without another one the file is removed
      if (writes()) io::remove(std::array{io::CheckpointFile{path, state.step}});
      throw;
    }
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
    const bool is_saved = !checkpoints_.empty() && checkpoints_.front().step == state.step;
    try {
      if (has_checkpoints() && !done && !is_saved) write_checkpoint(state);
      finish(state);
    } catch (const IoError& error) {
      throw_resumable(error);
    }
    if (!writes()) return;
    if (done) io::remove(checkpoints_);
    if (done && ranks() != nullptr) io::remove_stray_shares(file_);
    claim_.reset();
  }

  void finish(const State& state) {
    if (ranks() == nullptr) {
      stream_->finish(network_.parameters(), state, description(), *plan_.provenance);
      return;
    }
    const State whole = gathered(state, *ranks());
    agreed(ranks(), [&] {
      if (writes()) stream_->finish(network_.parameters(), whole, description(), *plan_.provenance);
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
    const auto require_as_before = [](const char* what, bool given, bool before, const std::string& source) {
      if (given == before) return;
      throw ParameterError(
          given ? formatted("{} for a run that had none", what) : formatted("the run has {}{}", what, source),
          given ? "it goes on as it began" : "they are not in the checkpoint",
          given ? "leave them out" : "give them again");
    };
    const RunOptions& options = plan_.options;
    require_as_before("inputs", has_inputs(options), resume.driven, formatted(" from '{}'", plan_.inputs));
    require_as_before("replayed noise", options.noise.replay.data != nullptr, resume.noise_replayed, "");
    const std::vector<std::string> given = signal_names(options.signals);
    const std::vector<std::string>& had = checkpoint.run.signals;
    if (given != had) {
      const auto in_words = [](const std::vector<std::string>& names) {
        return names.empty() ? std::string("no signals") : formatted("signals {}", joined(names, ", "));
      };
      throw ParameterError(formatted("{} for a run with {}", in_words(given), in_words(had)), "it goes on as it began",
                           had.empty() ? "leave them out" : "give the same again");
    }
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
  std::optional<io::ResultStream> stream_;
  std::vector<io::CheckpointFile> checkpoints_;  // of this run, the newest first
  bool failed_ = false;                          // a recording failed: the file is valid up to its last checkpoint
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
