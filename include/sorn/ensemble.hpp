// Ensembles: independent networks with seeds of their own, on as many threads as there are processors. Link
// sorn::runs for these.
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
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

inline constexpr std::uint64_t most_replicas = 1'000'000;

/// What is left of a replica besides its statistics.
enum class Keep : std::uint8_t {
  statistics,  ///< nothing: memory does not grow with the number of replicas either
  networks,    ///< its network and what it recorded, in memory
  files,       ///< its result file
};

/// What an ensemble does.
struct EnsemblePlan {
  std::uint64_t replicas = 1;    ///< 1 to most_replicas
  std::uint64_t seed = 0;        ///< of the ensemble: replica k has the seed replica_seed(seed, k)
  std::size_t threads = 0;       ///< replicas that run at a time, at most most_threads; 0: one for each processor
  Parameters parameters{};       ///< of all replicas
  std::optional<State> start{};  ///< what each goes on from, with its own seed; unset: each builds a network
  RunPlan run{};                 ///< what each does; checkpoints need Keep::files
  Keep keep = Keep::networks;    ///< what is left of it
  std::filesystem::path out{};   ///< with Keep::files: replica_file() makes names from it
};

/// The result file of a replica: "run.h5" becomes "run-07.h5" for replica 7 of 12. The numbers have as many digits as
/// the largest, so that names sort as replicas do.
std::filesystem::path replica_file(const std::filesystem::path& out, std::uint64_t replica, std::uint64_t replicas);

/// What one replica did, in numbers, over the steps of this call.
struct ReplicaStatistics {
  static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

  std::uint64_t replica = 0;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  /// Of measures_without_train(), in their order; NaN where the steps do not define one.
  std::vector<double> values = std::vector<double>(measures_without_train().size(), undefined);

  /// @throws UnknownNameError if the measure of this name is none of those
  double& operator[](std::string_view name);
  double operator[](std::string_view name) const;
};

/// A measure of all replicas together, those left out for which it is not defined.
struct Pooled {
  std::uint64_t replicas = 0;                       ///< that define it
  double mean = ReplicaStatistics::undefined;       ///< over them, as what follows
  double deviation = ReplicaStatistics::undefined;  ///< standard deviation of the population, of two replicas at least
  double lowest = ReplicaStatistics::undefined;
  double highest = ReplicaStatistics::undefined;
};

/// Pools a measure, one of measures_without_train(), in the order of the rows, so that the result does not depend on
/// threads.
Pooled pooled(std::span<const ReplicaStatistics> rows, const Measure& measure);

/// What became of the replicas that have begun, in ascending order.
struct EnsembleOutcome {
  std::vector<ReplicaStatistics> statistics;       ///< a row for each
  std::vector<Network> networks;                   ///< with Keep::networks
  std::vector<std::vector<Recording>> recordings;  ///< with Keep::networks
  std::uint64_t complete = 0;                      ///< replicas that came to their end, those before a resumption too
};

/// Called in the caller's thread when an ensemble begins, ten times a second, and at its end, with the steps done by
/// all replicas together and those that they are to do. `stop` ends every replica after its step; no other begins.
using EnsembleWatch = std::function<Observer::Outcome(std::uint64_t done, std::uint64_t total)>;

/// Runs all replicas. Each ends in the bits of a single run with its seed, and so does its file, however many threads
/// there are. They need that many networks in memory at a time.
///
/// With checkpoints the first of every replica is written before any runs, so that resume_ensemble() finds all of them.
/// @throws ParameterError, ShapeError, StateError for a plan that contradicts itself or needs more memory than this
///   machine has, IoError if a file cannot be written: before anything is computed or written
/// @throws what fails in a replica, naming it; if several fail, the error of the lowest. No other begins. With files
/// those that have begun
///   come to their end, without files they stop
/// @throws what `watch` throws, when all replicas have stopped as if it had returned `stop`
EnsembleOutcome run_ensemble(const EnsemblePlan& plan, const EnsembleWatch& watch = {});

/// How the replicas of an ensemble with checkpoints go on.
struct EnsembleContinuation {
  std::uint64_t replicas = 1;   ///< as many as there were
  std::size_t threads = 0;      ///< as in EnsemblePlan
  std::filesystem::path out{};  ///< as it was
  Continuation run{};           ///< of each
};

/// Goes on with all replicas that did not come to their end, and leaves the others alone: their rows are missing.
/// @throws IoError before anything is computed if a replica has neither a result nor a checkpoint, or none has one
/// @throws as FileRun::resumed() and run_ensemble()
EnsembleOutcome resume_ensemble(const EnsembleContinuation& continuation, const EnsembleWatch& watch = {});

}  // namespace sorn
