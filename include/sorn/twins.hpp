// Exact twins: many pairs of networks that differ by a small change and are given the same random numbers, and how they
// part. Link sorn::runs to use them.
#pragma once

#include <sorn/change.hpp>
#include <sorn/network.hpp>
#include <sorn/state.hpp>
#include <sorn/statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sorn::twins {

inline constexpr std::uint64_t most_pairs = 10'000'000;

/// The settings of an experiment with pairs of twins.
struct Plan {
  /// The networks, of one ne. Each is the reference of as many consecutive pairs, at least one: network i of n that of
  /// pairs i·pairs/n to (i + 1)·pairs/n − 1.
  std::vector<Network> networks{};
  std::vector<Change> changes{};     ///< of each twin; places that they leave open are drawn anew for each pair
  std::uint64_t pairs = 1000;        ///< 1 to most_pairs
  std::uint64_t steps = 1000;        ///< of each pair, from 1 on
  std::uint64_t skip = 100;          ///< steps of a network from the start of one of its pairs to the start of the next
  std::uint64_t seed = 0;            ///< of the places: pair k has TwinDraw{seed, k}
  std::uint64_t stride = 1;          ///< steps from one row of the distances of activity to the next
  std::uint64_t state_stride = 100;  ///< the same for the distances of states
  std::size_t threads = 0;           ///< pairs at the same time, at most most_threads; 0: one for each processor
  /// Phase, frozen rules, noise, inputs or a source, of the reference and of its twins. Inputs and replayed noise are
  /// those of (pairs of a network − 1)·skip + steps steps, for each network the same.
  RunOptions options{};
};

/// What is compared between two states.
struct StateDistance {
  std::string_view name;     ///< "weights"
  std::string_view label;    ///< for axes
  std::string_view meaning;  ///< one sentence
  /// @param left_out  ascending: excitatory units that do not count
  double (*of)(const State& reference, const State& twin, std::span<const std::uint32_t> left_out);
};

/// All distances of states.
std::span<const StateDistance> state_distances() noexcept;

/// What happened to one pair. Steps are counted from its start; -1: never.
struct Pair {
  std::size_t network = 0;   ///< which of the plan's
  std::uint64_t start = 0;   ///< step number of the network at the start
  ChangedPlace place{};      ///< of the change
  std::int64_t parted = -1;  ///< the first step with a distance of activity above 0; 0: the change was one of activity
  std::int64_t met = -1;     ///< the first step after `parted` from which on the distance is 0 until the end
  std::int64_t merged = -1;  ///< the first row of the distances of states in which state and hyperparameters are
                             ///< equal, so that the twins never part again
  std::int64_t largest = 0;  ///< largest distance of activity
  bool operator==(const Pair&) const = default;
};

/// Distances between twins and their references.
struct Divergence {
  std::size_t neurons = 0;  ///< ne
  std::uint64_t steps = 0;
  std::uint64_t stride = 1;
  std::uint64_t state_stride = 1;
  std::vector<Pair> pairs{};
  /// (pairs, rows), the number of excitatory units whose activity differs after 0, stride, 2·stride … steps.
  std::vector<std::int32_t> activity{};
  /// For each of state_distances() (pairs, state rows), after 0, state_stride … steps.
  std::vector<std::vector<double>> states{};
  std::vector<std::int64_t> sums{};  ///< (steps + 1), the sum of the distances of activity of all pairs in each step
  statistics::DerridaMap map{};      ///< over all steps of all pairs

  std::size_t rows() const noexcept { return steps / stride + 1; }
  std::size_t state_rows() const noexcept { return steps / state_stride + 1; }
  bool operator==(const Divergence& other) const = default;
};

/// Called in the caller's thread when the pairs begin, ten times a second, and at the end, with the steps that all
/// networks together have done and those that they will have done unless some pairs merge. An exception ends
/// everything.
using Watch = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Runs all pairs. The reference of a pair is a network of the plan, from the state in which it stands at the start of
/// the pair; it runs once for all its pairs. Each twin equals the single run of twin(reference, changes, {seed, k}),
/// bit for bit, on any number of threads. Memory beyond the result is bounded: some networks for each thread.
/// @throws ParameterError, ShapeError, StateError for a plan that contradicts itself, or that contains what pairs
/// cannot
///   share: ranks, a source or functions of your own, signals, given synapses
/// @throws the error of a pair, such as a synapse that does not exist any longer, with its number
/// @throws the exception of `watch`
Divergence divergence(const Plan& plan, const Watch& watch = {});

/// The mean distance of activity of all pairs in each step, (steps + 1).
std::vector<double> mean_distance(const Divergence& divergence);

/// The value below which a share of the pairs lie, in each row; between two pairs as a line.
/// @param values  (pairs, rows), as Divergence has them
/// @throws ParameterError unless the share lies in [0, 1]; ShapeError unless the values are whole rows
std::vector<double> quantile(std::span<const std::int32_t> values, std::size_t rows, double share);
std::vector<double> quantile(std::span<const double> values, std::size_t rows, double share);

/// The growth of a small difference.
struct Growth {
  double exponent = 0.0;    ///< slope of ln⟨d⟩ over the step, by least squares: above 0 differences grow
  double intercept = 0.0;   ///< ln⟨d⟩ of the line in step 0
  std::uint64_t first = 0;  ///< the first step that was fitted
  std::uint64_t last = 0;   ///< the last one
};

/// The slope of the logarithm of the mean distance over `window` steps from the first step on in which it is above 0.
/// As long as the distance is small, it is an estimate of the largest Lyapunov exponent, in 1/step (Derrida & Pomeau
/// 1986, doi 10.1209/0295-5075/1/2/001; Bertschinger & Natschläger 2004, doi 10.1162/089976604323057443). The window
/// ends before the distance becomes 0. Not defined if fewer than three steps remain.
/// @param mean  of the distance in each step, as mean_distance() gives it
/// @throws ParameterError unless the window has two steps or more
std::optional<Growth> growth(std::span<const double> mean, std::uint64_t window = 10);

}  // namespace sorn::twins
