// Processes that a launcher (mpirun, srun) started together. No type of MPI appears here. Only main.cpp knows whether
// there are several processes, and only src/team/mpi knows how they communicate.
#pragma once

#include <sorn/ranks.hpp>

#include <cstddef>
#include <memory>
#include <optional>

namespace sorn::team {

class Channel;

/// The processes of a job, including this one.
class Processes {
public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  /// The number of this process, from 0 on. Process 0 prints and writes.
  virtual std::size_t rank() const noexcept = 0;
  /// The number of processes, from 1 on.
  virtual std::size_t size() const noexcept = 0;

  /// Opens a channel between all processes. No other channel sees its messages. All processes must open it, in the same
  /// order.
  virtual std::unique_ptr<Channel> open_channel() = 0;

  /// The processes as the ranks of one network. All must call it, as above.
  virtual std::shared_ptr<Ranks> ranks() = 0;
};

/// The information of a launcher about this process, from the environment.
struct Launch {
  std::size_t rank = 0;
  std::size_t size = 1;
};

/// The information of the launcher; empty without a launcher. `variable_of` reads environment variables (usually
/// std::getenv). The function knows the variables of Open MPI, PMIx, PMI (MPICH, Intel MPI) and srun.
std::optional<Launch> launch(const char* (*variable_of)(const char*));

/// The information from the environment of this process.
std::optional<Launch> launch();

}  // namespace sorn::team
