// The processes of MPI as the ranks of one network.
#pragma once

#include <sorn/ranks.hpp>

#include <memory>

namespace sorn::team {

/// All processes of the job. MPI must be initialised before and finalised after this object.
std::shared_ptr<Ranks> mpi_ranks();

}  // namespace sorn::team
