// Many networks that do each step together, as the brains of many agents.
#pragma once

#include <sorn/network.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sorn {

class Pace;

/// What each network of a batch of n does in a step. A list has one entry for all networks, or n.
struct BatchStep {
  std::span<const double> inputs{};       ///< (n, features), at most nu each; empty: none
  std::span<const Phase> phase{};         ///< empty: with plasticity
  std::span<const RuleSet> freeze{};      ///< empty: no rule rests
  std::optional<double> noise_sigma{};    ///< as Noise::sigma; 0: no noise
  std::span<const double> rewards{};      ///< the signal "reward"; NaN: the step has none. Empty: the run has no signal
  std::span<const std::uint8_t> which{};  ///< n; not 0: this network does a step. Empty: all do
  /// Networks that step at the same time; the result does not depend on it. 0: one thread for each 30,000 plastic
  /// synapses of all networks, but at most as many as OpenMP would use. Where other programs have the processors, fewer
  /// threads take part.
  std::size_t threads = 0;
};

/// Independent networks of one size. Network k does what it would do alone, bit for bit.
class NetworkBatch {
public:
  /// New networks, one for each seed. @throws ParameterError if there is no seed, or as Network's constructor
  NetworkBatch(const Parameters& parameters, std::span<const std::uint64_t> seeds);
  /// Given networks. @throws ShapeError if there is none, or if they differ in ne, ni or no; ParameterError for a
  /// network over ranks
  explicit NetworkBatch(std::vector<Network> networks);

  std::size_t size() const noexcept { return networks_.size(); }
  std::size_t ne() const noexcept { return networks_.front().parameters().ne; }
  std::size_t no() const noexcept { return networks_.front().parameters().no; }

  const Network& operator[](std::size_t k) const { return networks_[k]; }
  std::span<const Network> networks() const noexcept { return networks_; }
  /// Puts another network in the place of network k. @throws ShapeError if it has another size
  void replace(std::size_t k, Network network);

  /// Each network does a step. Everything is checked before the first one does, so that a call that throws these errors
  /// changes nothing; and if a network has rules of a user's own, one of which fails, all are as before.
  /// @param spikes  (n, ne), receives the activity of the excitatory units
  /// @throws ShapeError, StateError, ParameterError, RuleError
  void step(const BatchStep& step, std::span<std::uint8_t> spikes);

  /// The first half of a step of each network, as Network::act().
  /// @param inputs  (n, features), at most ne each; empty: none
  /// @param outputs (n, no), receives the activity of the output units
  /// @throws StateError, ShapeError; then nothing has changed
  void act(std::span<const double> inputs, std::span<std::uint8_t> outputs, std::size_t threads = 0);
  /// The second half, as Network::learn(). @param rewards  one for each network, or one for all; NaN: none
  /// @throws StateError, ShapeError; then nothing has changed
  void learn(std::span<const double> rewards, std::span<const Phase> phase = {}, std::size_t threads = 0);

  /// Makes the units of some networks silent, as Network::reset_activity().
  /// @param which  n; not 0: this one. Empty: all
  /// @throws ShapeError; StateError if a learn() of one of them is due. Then nothing has changed
  void reset_activity(std::span<const std::uint8_t> which = {});

  /// The activity of the excitatory units, (n, ne).
  void activity(std::span<std::uint8_t> spikes) const;

private:
  std::size_t worthwhile_threads(std::size_t asked) const noexcept;
  /// How many threads pay now, in each kind of call. A copy finds it out anew.
  class Paces {
  public:
    Paces();
    Paces(const Paces& /*other*/) : Paces() {}
    Paces(Paces&&) noexcept;
    Paces& operator=(const Paces& other);
    Paces& operator=(Paces&&) noexcept;
    ~Paces();

    std::unique_ptr<Pace> step, act, learn;
  };

  template <class Work>
  void each(std::size_t threads, Pace& pace, Work&& work);
  template <class Work>
  void change(std::size_t threads, Pace& pace, Work&& work);
  bool has_own_rules() const noexcept;

  std::vector<Network> networks_;
  std::vector<RunOptions> options_;  // of each network, used again in every step
  std::vector<double> rewards_;
  Paces paces_{};
};

}  // namespace sorn
