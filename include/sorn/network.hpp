// A network, and its runs.
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/ranks.hpp>
#include <sorn/signals.hpp>
#include <sorn/source.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace sorn {

/// A view of external drive, with one value for each feature and step and any layout in memory.
struct InputView {
  const double* data = nullptr;       ///< null: no input, spontaneous activity
  std::size_t features = 0;           ///< nu: the first nu excitatory units are driven
  std::size_t steps = 0;              ///< T
  std::ptrdiff_t feature_stride = 1;  ///< distance of neighbouring features, in values
  std::ptrdiff_t step_stride = 0;     ///< distance of neighbouring steps, in values

  /// The values of `nu` features, step by step, as in a C array (T, nu). T follows from the number of values.
  /// @throws ShapeError if the number of values is not a multiple of nu
  static InputView step_major(std::span<const double> values, std::size_t nu);
  /// The values of `nu` features, feature by feature, as in a C array (nu, T). T follows from the number of values.
  /// @throws ShapeError if the number of values is not a multiple of nu
  static InputView feature_major(std::span<const double> values, std::size_t nu);

  double operator()(std::size_t feature, std::size_t step) const noexcept {
    return data[static_cast<std::ptrdiff_t>(feature) * feature_stride +
                static_cast<std::ptrdiff_t>(step) * step_stride];
  }
};

/// Noise on the drive of every unit.
struct Noise {
  /// Standard deviation of Gaussian noise, or width of uniform noise (Parameters::noise_kind); 0: none. Unset: the
  /// network's noise_sigma.
  std::optional<double> sigma{};
  InputView replay{};  ///< if its data is set, these values are used instead: (ne + ni, T)

  /// The noise of the network's hyperparameters.
  static Noise usual() noexcept { return {}; }
  static Noise off() noexcept { return {0.0, {}}; }
  static Noise drawn(double sigma) noexcept { return {sigma, {}}; }
  static Noise gaussian(double sigma) noexcept { return drawn(sigma); }  ///< the earlier name of drawn()
  static Noise replayed(InputView values) noexcept { return {0.0, values}; }
};

/// A synapse that structural plasticity makes: W_EE[pre][post] = sp_weight in step `step` of the run, from 0.
struct NewSynapse {
  std::uint64_t step = 0;
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  bool operator==(const NewSynapse&) const = default;
};

/// The largest number of threads in any setting.
inline constexpr std::size_t most_threads = 4096;

/// The settings of a run, except its length.
struct RunOptions {
  Phase phase = Phase::plasticity;
  RuleSet freeze{};
  Noise noise{};
  InputView inputs{};
  /// What the network is shown, instead of inputs. Its steps are those of the network: a second run goes on where the
  /// first one ended.
  OptionalSource source{};
  /// A source of your own, instead of inputs and `source`. It must outlive the run.
  Source* own_source = nullptr;
  /// If it is set, structural plasticity makes these synapses and draws none. The steps ascend. A synapse that already
  /// exists gets the weight.
  std::optional<std::span<const NewSynapse>> new_synapses{};
  /// The number of threads that work on a step. The result does not depend on it. 0: in a network in one process, one
  /// thread for each 50,000 plastic synapses, but at most as many as OpenMP would use (OMP_NUM_THREADS); over ranks,
  /// one.
  std::size_t threads = 0;
  /// Numbers that rules can read in each step. Their names differ. Over ranks, each rank is given the same.
  std::vector<Signal> signals{};
  /// Where the network stands after a rule of your own has failed: where the run began, or before the step that failed,
  /// for which up to 1,000 steps are repeated.
  bool undo = false;
};

enum class Quantity : std::uint8_t;

/// A row of statistics of the steps of a window.
struct WindowRow {
  Quantity quantity;
  std::variant<std::span<const double>, std::span<const std::int64_t>> values;
};

/// A reward that is not there.
inline constexpr double no_reward = std::numeric_limits<double>::quiet_NaN();

/// A step makes a synapse of W_EE, or removes one.
struct SynapseEvent {
  std::uint64_t step = 0;  ///< from 0 when the network was built
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  bool birth = false;  ///< otherwise its death
  bool operator==(const SynapseEvent&) const = default;
};

/// The data that an observer sees after each step. They are valid only during the call.
struct StepView {
  std::uint64_t step;                       ///< number of this step, from 0 when the network was built
  std::span<const std::uint8_t> recurrent;  ///< R: the activity x' that there would be without the input
  std::size_t ee_count;                     ///< W_EE synapses on entry to the step
  std::size_t ei_count;                     ///< W_EI synapses on entry to the step
  std::size_t ie_count;                     ///< W_IE synapses
  const State& state;                       ///< after the step; over ranks, the share of this rank
  Symbol symbol = no_symbol;                ///< what the source of the run shows
  std::span<const double> signals{};        ///< values of the signals of the run in this step, in their order
  double reward = no_reward;                ///< the value of the signal "reward"; NaN: the step has none
  double modulation = 0.0;                  ///< m: the reward minus its baseline; 0 without one to learn from
  std::span<const WindowRow> windows{};     ///< statistics of the windows that end with this step (OnlineStatistics)

  /// How the synapses of W_EE after this step differ from those before it, by ascending post, then pre; over ranks,
  /// those of this rank. A pair that loses its synapse and gets another one in one step is left out. Only known if an
  /// observer of the run sees_synapses().
  std::span<const SynapseEvent> synapses{};

  /// The same step with another state and other events, such as the whole of a network over ranks.
  StepView with(const State& other, std::span<const SynapseEvent> events) const noexcept {
    return {step, recurrent, ee_count, ei_count, ie_count, other, symbol, signals, reward, modulation, windows, events};
  }
  /// The same step with statistics of the windows that end with it.
  StepView with(std::span<const WindowRow> rows) const noexcept {
    return {step, recurrent, ee_count, ei_count, ie_count, state, symbol, signals, reward, modulation, rows, synapses};
  }
};

/// Observes a run. Recorders, progress lines and writers of files are observers.
class Observer {
public:
  enum class Outcome : std::uint8_t { go_on, stop };

  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Is called after each step. `stop` ends the run after this step.
  virtual Outcome on_step(const StepView& view) = 0;

  /// Whether on_step() of this step reads which units fire: `recurrent`, or the activity in `state`. A rank of many
  /// then collects the activity of all units, which otherwise it may leave out.
  virtual bool reads_activity(std::uint64_t /*step*/) const noexcept { return true; }

  /// Whether it needs StepView::synapses. Is asked before the first step of a run.
  virtual bool sees_synapses() const noexcept { return false; }

  /// Is called some fifty times a second while a watcher holds a run into a file (docs/watching.md). `stop` ends the
  /// run.
  virtual Outcome on_wait() { return Outcome::go_on; }
};

class Engine;  // it carries out the steps
class OwnRule;

/// A self-organizing recurrent network. Copies are independent; different networks may run in different threads.
class Network {
public:
  /// Builds a new network. @throws ParameterError
  Network(const Parameters& parameters, std::uint64_t seed);

  /// Continues from a state. ne and ni of the parameters must be those of the state.
  /// @throws ParameterError, ShapeError, StateError
  Network(const Parameters& parameters, State state);

  /// A network over several processes, all of which make this call and all further calls in the same way. Each process
  /// has the thresholds and the incoming synapses of its own units. The same seed gives the same bits on any number of
  /// ranks.
  /// @throws on all ranks the error of any rank
  Network(const Parameters& parameters, std::uint64_t seed, std::shared_ptr<Ranks> ranks);
  Network(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks);  ///< The same from a state: the
                                                                                     ///< whole, or this rank's share.

  Network(const Network& other);
  Network& operator=(const Network& other);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  const Parameters& parameters() const noexcept;
  /// The state. Over ranks it is the share of this rank; gathered() collects the whole.
  const State& state() const noexcept;
  /// Null if the network is in one process.
  const std::shared_ptr<Ranks>& ranks() const noexcept;

  /// Sets the hyperparameters of the following steps. ne and ni must stay the same. @throws ParameterError
  void set_parameters(const Parameters& parameters);

  /// Gives the network rules of your own, in place of those that it was given before. Parameters::order names each of
  /// them where it acts, before the next run. Copies of the network have the same rules.
  /// @throws ParameterError if a rule is null, or if the name of one is not allowed or that of another; StateError if
  /// the state has memory of another width for a rule
  void set_rules(std::vector<std::shared_ptr<const OwnRule>> rules);
  const std::vector<std::shared_ptr<const OwnRule>>& rules() const noexcept;

  /// Gives the state the memory that its rules keep, with the values that it begins with, as run() does before the
  /// first step. What the state has already stays. Collective if there are ranks.
  /// @throws StateError if the state has memory of another width for a rule of the same name
  void begin_memory();

  /// Sets the seed of the random numbers of the following steps.
  void reseed(std::uint64_t seed);

  /// Runs `steps` steps and returns the number of steps done, which is smaller only if an observer stopped the run.
  /// Inputs, source, noise and arrays of signals are checked before the first step, so that a call that throws these
  /// errors changes nothing. An exception of a source of your own or of a signal's function ends the run before the
  /// step that it fails in; so does a function that returns a number that is not finite, and a rule of your own that
  /// breaks a promise (see also RunOptions::undo).
  /// @throws ShapeError, StateError, ParameterError, RuleError
  std::size_t run(std::size_t steps, const RunOptions& options = {}, std::span<Observer* const> observers = {});
  /// The same with a list of observers: network.run(1000, options, {&recorder, &progress}).
  std::size_t run(std::size_t steps, const RunOptions& options, std::initializer_list<Observer*> observers) {
    return run(steps, options, std::span<Observer* const>(observers.begin(), observers.size()));
  }

  /// Does one step with the drive `u` (at most ne values; empty: no input) and returns x', the new excitatory activity.
  /// @throws ShapeError, StateError
  std::span<const std::uint8_t> step(std::span<const double> u = {}, RunOptions options = {});

  // A step in two halves, for a network with an output layer that acts in an environment and learns from its reward
  // (docs/reward.md). Between the halves the network can be copied, saved and loaded.

  /// The first half: the units fire, and the output units answer the drive `u` of the first excitatory units (at most
  /// ne values; empty: no input). It draws the network's own noise.
  /// @returns o', the new activity of the output units, valid until the next call
  /// @throws StateError if the network has no output layer, or if a learn() is due
  std::span<const std::uint8_t> act(std::span<const double> u = {});
  /// The second half: what answers the output units is known, rules act, and the step ends. Without a reward nothing is
  /// learned from one: the modulation is 0, and the rewards before it stay. In the training phase no rule acts.
  /// @throws StateError if there was no act(), or if the reward is not finite; then the network is as before
  void learn(std::optional<double> reward = {}, Phase phase = Phase::plasticity);
  /// Whether an act() waits for its learn(). All other steps are refused until then.
  bool acts() const noexcept;

  /// Makes all units silent: x, y and o are 0, as at the beginning of an episode. Weights and thresholds stay.
  /// @throws StateError if a learn() is due
  void reset_activity();

  /// Permutes the units' activity: x among the excitatory units, y among the inhibitory ones. A unit's current and
  /// previous activity move together. Weights and thresholds stay. The permutation follows from the seed and the number
  /// of the step: networks of one seed are shuffled alike in the same step, and a second call in one step repeats it.
  /// @throws StateError if a learn() is due
  void shuffle_activity();

private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace sorn
