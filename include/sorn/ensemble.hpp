// Ensembles: independent networks, each with its own seed, run on several threads. Link sorn::runs to use them.
#pragma once

#include <sorn/file_run.hpp>
#include <sorn/measures.hpp>
#include <sorn/network.hpp>
#include <sorn/recorder.hpp>
#include <sorn/seeds.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

inline constexpr std::uint64_t most_replicas = 1'000'000;

/// What to keep of a replica besides its statistics.
enum class Keep : std::uint8_t {
  statistics,  ///< nothing; memory then does not grow with the number of replicas
  networks,    ///< its network and its recordings, in memory
  files,       ///< its result file
};

/// The settings of an ensemble.
struct EnsemblePlan {
  std::uint64_t replicas = 1;    ///< 1 to most_replicas
  std::uint64_t seed = 0;        ///< seed of the ensemble; replica k has the seed replica_seed(seed, k)
  std::size_t threads = 0;       ///< replicas at the same time, at most most_threads; 0: one for each processor
  Parameters parameters{};       ///< of all replicas
  std::optional<State> start{};  ///< state from which each continues with its own seed; unset: each builds a network
  std::vector<std::shared_ptr<const OwnRule>> rules{};  ///< of your own, for all replicas
  RunPlan run{};                                        ///< the run of each; checkpoints need Keep::files
  Keep keep = Keep::networks;                           ///< what to keep of each
  std::filesystem::path out{};  ///< with Keep::files: the path from which replica_file() makes the names
};

/// The result file of a replica: "run.h5" becomes "run-07.h5" for replica 7 of 12. All numbers have as many digits as
/// the largest, so that the names have the order of the replicas.
std::filesystem::path replica_file(const std::filesystem::path& out, std::uint64_t replica, std::uint64_t replicas);

/// The measures of one replica over the steps of this call.
struct ReplicaStatistics {
  static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

  std::uint64_t replica = 0;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  /// The values of measures_without_train(), in their order; NaN if a measure is not defined.
  std::vector<double> values = std::vector<double>(measures_without_train().size(), undefined);

  /// @throws UnknownNameError if there is no such measure without a train
  double& operator[](std::string_view name);
  double operator[](std::string_view name) const;
};

/// A measure over all replicas for which it is defined.
struct Pooled {
  std::uint64_t replicas = 0;                       ///< for which it is defined
  double mean = ReplicaStatistics::undefined;       ///< over these replicas, as the following values
  double deviation = ReplicaStatistics::undefined;  ///< standard deviation of the population; needs two replicas
  double lowest = ReplicaStatistics::undefined;
  double highest = ReplicaStatistics::undefined;
};

/// Pools one of measures_without_train(). It adds in the order of the rows, so the result does not depend on threads.
Pooled pooled(std::span<const ReplicaStatistics> rows, const Measure& measure);

/// The results of the replicas that have begun, in ascending order.
struct EnsembleOutcome {
  std::vector<ReplicaStatistics> statistics;       ///< a row for each
  std::vector<Network> networks;                   ///< with Keep::networks
  std::vector<std::vector<Recording>> recordings;  ///< with Keep::networks
  std::uint64_t complete = 0;                      ///< number of complete replicas, including earlier calls
};

/// Called in the caller's thread when an ensemble begins, ten times a second, and at its end. It receives the steps
/// that all replicas together have done and the steps that they will have done at the end. `stop` ends every replica
/// after its current step, and no other replica begins.
using EnsembleWatch = std::function<Observer::Outcome(std::uint64_t done, std::uint64_t total)>;

/// Runs all replicas. Each equals a single run with its seed, bit for bit, and so does its file, on any number of
/// threads. As many networks as threads are in memory at the same time.
///
/// If there are checkpoints, the first one of every replica is written before any replica runs, so that
/// resume_ensemble() finds all replicas.
/// @throws ParameterError, ShapeError, StateError for a plan that contradicts itself or needs more memory than this
///   machine has, IoError if a file cannot be written: thrown before anything is computed or written
/// @throws the error of a replica, with its name; if several fail, that of the lowest. No other replica begins. With
/// files the replicas that have begun run to their end; without files they stop
/// @throws the exception of `watch`, when all replicas have stopped as if it had returned `stop`
EnsembleOutcome run_ensemble(const EnsemblePlan& plan, const EnsembleWatch& watch = {});

/// How to resume the replicas of an ensemble with checkpoints.
struct EnsembleContinuation {
  std::uint64_t replicas = 1;   ///< the number of replicas at the beginning
  std::size_t threads = 0;      ///< as in EnsemblePlan
  std::filesystem::path out{};  ///< the same path as at the beginning
  Continuation run{};           ///< of each replica
};

/// Resumes all replicas that are not complete. The others are not touched, and their rows are missing in the result.
/// @throws IoError before anything is computed if a replica has neither a result nor a checkpoint, or none has one
/// @throws as FileRun::resumed() and run_ensemble()
EnsembleOutcome resume_ensemble(const EnsembleContinuation& continuation, const EnsembleWatch& watch = {});

}  // namespace sorn
