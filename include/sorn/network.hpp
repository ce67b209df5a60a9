// A network and how to run it.
#pragma once

#include <sorn/parameters.hpp>
#include <sorn/ranks.hpp>
#include <sorn/state.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace sorn {

/// External drive, one value for each feature and step, wherever it lies in memory. Does not own it.
struct InputView {
  const double* data = nullptr;       ///< null: no input, spontaneous activity
  std::size_t features = 0;           ///< nu: drives the first nu excitatory units
  std::size_t steps = 0;              ///< T
  std::ptrdiff_t feature_stride = 1;  ///< distance of neighbouring features, in values
  std::ptrdiff_t step_stride = 0;     ///< distance of neighbouring steps, in values

  /// Values of `nu` features step by step, as a C array (T, nu) holds them; T follows from their number.
  /// @throws ShapeError if they are not whole steps
  static InputView step_major(std::span<const double> values, std::size_t nu);
  /// Values of `nu` features feature by feature, as a C array (nu, T) holds them; T follows from their number.
  /// @throws ShapeError if the features have no equal numbers of steps
  static InputView feature_major(std::span<const double> values, std::size_t nu);

  double operator()(std::size_t feature, std::size_t step) const noexcept {
    return data[static_cast<std::ptrdiff_t>(feature) * feature_stride +
                static_cast<std::ptrdiff_t>(step) * step_stride];
  }
};

/// Gaussian noise on every unit's drive.
struct Noise {
  double sigma = 0.0;  ///< standard deviation; 0: none
  InputView replay{};  ///< if its data is set, these values are used instead: (ne + ni, T)

  static Noise off() noexcept { return {}; }
  static Noise gaussian(double sigma) noexcept { return {sigma, {}}; }
  static Noise replayed(InputView values) noexcept { return {0.0, values}; }
};

/// The largest number of threads that anything may be asked to use.
inline constexpr std::size_t most_threads = 4096;

/// What a run does besides its length.
struct RunOptions {
  Phase phase = Phase::plasticity;
  RuleSet freeze{};
  Noise noise = Noise::gaussian(0.04);
  InputView inputs{};
  /// How many threads work on a step; the result does not depend on it. 0: in one process, one for each 50,000 plastic
  /// synapses, but no more than OpenMP would take (OMP_NUM_THREADS sets that); over ranks, one.
  std::size_t threads = 0;
};

/// What an observer sees after each step; valid only during the call.
struct StepView {
  std::uint64_t step;                       ///< number of this step, from 0 when the network was built
  std::span<const std::uint8_t> recurrent;  ///< R: what x' would have been without the input
  std::size_t ee_count;                     ///< W_EE synapses on entry to the step
  std::size_t ei_count;                     ///< W_EI synapses on entry to the step
  std::size_t ie_count;                     ///< W_IE synapses
  const State& state;                       ///< after the step: x, y, thresholds, weights; on ranks, their share
};

/// Watches a run. A recorder, a progress line and a file writer are observers.
class Observer {
public:
  enum class Outcome : std::uint8_t { go_on, stop };

  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Called after each step. `stop` ends the run cleanly after it.
  virtual Outcome on_step(const StepView& view) = 0;
};

class Engine;  // what runs it

/// A self-organizing recurrent network. Copies are independent; different networks may run in different threads.
class Network {
public:
  /// Builds a new network. @throws ParameterError
  Network(const Parameters& parameters, std::uint64_t seed);

  /// Goes on from a state; ne and ni of the parameters must be those of the state.
  /// @throws ParameterError, ShapeError, StateError
  Network(const Parameters& parameters, State state);

  /// One network over several processes, all of which call this and what follows alike. Each has the thresholds and the
  /// incoming synapses of its own units. Same seed, same bits, on any number of ranks.
  /// @throws on all ranks
  ///   what any of them would throw
  Network(const Parameters& parameters, std::uint64_t seed, std::shared_ptr<Ranks> ranks);
  Network(const Parameters& parameters, State state, std::shared_ptr<Ranks> ranks);  ///< The same from a state: the
                                                                                     ///< whole, or this rank's share.

  Network(const Network& other);
  Network& operator=(const Network& other);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  const Parameters& parameters() const noexcept;
  /// The state; on ranks, this one's share of it: gathered() makes it whole.
  const State& state() const noexcept;
  /// Null if the network is in one process.
  const std::shared_ptr<Ranks>& ranks() const noexcept;

  /// Other hyperparameters for the steps to come; ne and ni must stay. @throws ParameterError
  void set_parameters(const Parameters& parameters);

  /// Another seed for the random numbers of the steps to come.
  void reseed(std::uint64_t seed);

  /// Runs `steps` steps and returns how many were done (fewer only if an observer stopped the run).
  /// Inputs and noise are checked before the first step, so that a call that throws has changed nothing.
  /// @throws ShapeError, StateError, ParameterError
  std::size_t run(std::size_t steps, const RunOptions& options = {}, std::span<Observer* const> observers = {});
  /// The same: network.run(1000, options, {&recorder, &progress}).
  std::size_t run(std::size_t steps, const RunOptions& options, std::initializer_list<Observer*> observers) {
    return run(steps, options, std::span<Observer* const>(observers.begin(), observers.size()));
  }

  /// One step under the drive `u` (up to ne values; empty for none); returns x', the new excitatory activity.
  /// @throws ShapeError, StateError
  std::span<const std::uint8_t> step(std::span<const double> u = {}, RunOptions options = {});

private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace sorn
