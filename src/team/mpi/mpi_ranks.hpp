// The processes of MPI as the ranks of one network.
#pragma once

#include <sorn/ranks.hpp>

#include <memory>

namespace sorn::team {

/// All processes of the job. MPI must have begun, and end after these.
std::shared_ptr<Ranks> mpi_ranks();

}  // namespace sorn::team
