// Processes that a launcher (mpirun, srun) started together. No type of MPI appears here: only main.cpp knows whether
// there are several, and src/team/mpi how they talk.
#pragma once

#include <sorn/ranks.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace sorn::team {

class Channel;

/// The processes of one job, this one among them.
class Processes {
public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  /// The number of this process, from 0 on. Process 0 is the one that prints and writes.
  virtual std::size_t rank() const noexcept = 0;
  /// How many there are, from 1 on.
  virtual std::size_t size() const noexcept = 0;

  /// A channel between all processes, none of whose messages another channel sees. All must open it, in the same order.
  virtual std::unique_ptr<Channel> open_channel() = 0;

  /// The same processes as the ranks of one network. All must call it, as above.
  virtual std::shared_ptr<Ranks> ranks() = 0;
};

/// What a launcher says of this process in its environment.
struct Launch {
  std::size_t rank = 0;
  std::size_t size = 1;
};

/// What the launcher says that `variable_of` reads the variables of (std::getenv as a rule); empty without a launcher.
/// Known are those of Open MPI, of PMIx and of PMI (MPICH, Intel MPI), with srun beside them.
std::optional<Launch> launch(const char* (*variable_of)(const char*));

/// The same from the environment of this process.
std::optional<Launch> launch();

}  // namespace sorn::team
