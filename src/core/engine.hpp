// The engine runs the steps of a network: it holds their memory and coordinates threads and ranks.
#pragma once

#include "core/own_rule.hpp"
#include "core/rule.hpp"
#include "core/step.hpp"
#include "team/pace.hpp"

#include <sorn/network.hpp>
#include <sorn/ranks.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sorn {

/// What the threads do in a step, one after the other.
struct Task {
  enum class Kind : std::uint8_t {
    fire_excitatory,
    fire_inhibitory,
    share,  ///< makes the new activity known to all units
    rule,
    own_rule,
    respond,  ///< the output units fire, and what answers them is known
  };
  Kind kind{};
  const RuleInfo* rule = nullptr;  ///< of Kind::rule
  const OwnRule* own = nullptr;    ///< of Kind::own_rule
};

/// The tasks of a step: both populations fire, and the rules that are not frozen act. Inhibition is slow if inhibitory
/// units fire before the new excitatory activity is shared, and fast if they fire after it.
class Schedule {
public:
  /// @param rules  of users' own; those that act in the run are among them
  Schedule(const Parameters& parameters, const RunOptions& options, const OwnRules& rules);

  /// The tasks up to the answer of the output units.
  static Schedule until_outputs(const Parameters& parameters);

  /// Whether the tasks leave the state as it is.
  bool only_acts() const noexcept { return only_acts_; }
  /// Whether a rule of a user's own acts.
  bool has_own_rule() const noexcept { return has_own_rule_; }

  const Task* begin() const noexcept { return tasks_.data(); }
  const Task* end() const noexcept { return tasks_.data() + count_; }

private:
  explicit Schedule(const Parameters& parameters);
  void add(Task task) noexcept { tasks_[count_++] = task; }

  std::array<Task, Order::most + 5> tasks_{};
  std::size_t count_ = 0;
  bool only_acts_ = false;
  bool has_own_rule_ = false;
};

class Team;

/// The source of the last run, in case the next one has the same. A copy of a network makes one of its own.
class KnownSource {
public:
  KnownSource() = default;
  KnownSource(const KnownSource&) noexcept {}
  KnownSource(KnownSource&&) noexcept = default;
  KnownSource& operator=(const KnownSource& other) noexcept {
    if (this != &other) source_ = nullptr;
    return *this;
  }
  KnownSource& operator=(KnownSource&&) noexcept = default;
  ~KnownSource() = default;

  /// The source of this value.
  Source& of(const SourceSpec& spec, const Parameters& parameters, std::uint64_t seed);

private:
  SourceSpec spec_{};
  std::size_t ne_ = 0;
  std::size_t nu_ = 0;
  std::uint64_t seed_ = 0;
  std::unique_ptr<Source> source_{};
};

/// A network of any variant.
class Engine {
public:
  /// @param ranks  null: the network is in this process alone; otherwise the state is this rank's share
  Engine(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks);

  const Parameters& parameters() const noexcept { return data_.parameters; }
  const State& state() const noexcept { return data_.state; }
  const std::shared_ptr<Ranks>& ranks() const noexcept { return ranks_; }

  /// Whether no ranks share the network.
  bool is_alone() const noexcept { return ranks_ == nullptr; }
  std::size_t synapse_count() const noexcept { return data_.synapse_count(); }
  /// Whether the other network has as many units in as many parts, so that its values fit into the memory of this one.
  bool has_sizes_of(const Engine& other) const noexcept {
    return other.is_alone() && state().ne() == other.state().ne() && state().ni() == other.state().ni() &&
           data_.parts.size() == other.data_.parts.size();
  }

  void set_parameters(const Parameters& parameters);
  void reseed(std::uint64_t seed);
  const OwnRules& rules() const noexcept { return rules_; }
  void set_rules(OwnRules rules) noexcept { rules_ = std::move(rules); }

  /// Gives the state the memory of rules that it lacks.
  void begin_memory();
  /// The new activity of the output units for a drive of ne values, which waits for learn(). The state is otherwise as
  /// before.
  std::span<const std::uint8_t> act(std::vector<double> drive, std::size_t threads);
  /// Does the step that waits, with the reward among the signals of the options.
  void learn(RunOptions options);
  void reset_activity() noexcept;
  void shuffle_activity();

  /// Runs `steps` steps with valid options. @returns the number of steps that were done
  std::size_t run(std::size_t steps, const RunOptions& options, std::span<Observer* const> observers);

private:
  /// Where a run can go back to, if a rule of a user's own fails in the middle of a step: a state, and what the steps
  /// after it were given. Inputs and sources can be read again; functions of signals cannot be called again.
  struct Landmark {
    State state;
    std::size_t done = 0;  // steps of the run before the state
    std::optional<std::span<const NewSynapse>> new_synapses{};
    std::vector<double> signals{};  // of each step after the state
  };

  /// What changes while a run goes on. The thread that called run() changes it, while the others wait.
  struct Run {
    const RunOptions& options;
    Schedule schedule;
    std::size_t steps;
    std::span<Observer* const> observers;
    std::size_t done = 0;
    Intent intent = Intent::go_on;
    std::exception_ptr error{};
    bool over = false;
    bool other_team = false;               // another number of threads goes on with the next step
    std::unique_ptr<Landmark> landmark{};  // if a rule of a user's own acts
    bool broken = false;                   // such a rule has failed in the step after `done`
    bool again = false;                    // the run repeats steps, with the signals of the landmark
    bool sees_synapses = false;            // an observer does

    template <class F>
    void attempt(F&& f) noexcept;
  };

  void step(std::span<Part> mine, Run& run, const Team& team) noexcept;  // in step.cpp
  void run_steps(Run& run, std::size_t threads);
  void begin_step(Run& run) noexcept;
  void load_signals(Run& run);
  void set_landmark(Run& run) const;
  bool on_any_rank(bool here) noexcept;
  bool has_broken_rule() noexcept;
  void go_back(Run& run, std::size_t threads);
  void take_new_synapses() noexcept;
  void begin_logs(const Run& run);
  void collect_events();
  void share(Run& run, std::size_t number) noexcept;
  void respond(Run& run) noexcept;
  void end_step(Run& run) noexcept;

  void cut(std::size_t count);
  void prepare_run(const RunOptions& options, std::size_t steps, std::size_t threads);
  std::size_t worthwhile_threads() const noexcept;

  StepData data_;
  OwnRules rules_;
  KnownSource known_source_;
  std::vector<Shared> shares_;  // the activity that each share of a step makes known
  std::shared_ptr<Ranks> ranks_;
  Pace pace_{};
};

}  // namespace sorn
