#include "team/mpi/mpi_session.hpp"

#include "team/mpi/mpi_channel.hpp"
#include "team/mpi/mpi_ranks.hpp"

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace sorn::team {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto between_looks = 2ms;
constexpr auto patience = 1000ms;
// Several processes may fail in the same way while another waits. Lower ones report first.
constexpr auto patience_per_rank = 250ms;
constexpr std::size_t most_patient = 16;

}  // namespace

std::unique_ptr<MpiSession> MpiSession::begin_if_launched() {
  if (!launch()) return nullptr;
  return std::unique_ptr<MpiSession>(new MpiSession);  // NOLINT(cppcoreguidelines-owning-memory): private constructor
}

// By default an error inside MPI ends all processes. So errors need not be checked here.
MpiSession::MpiSession() {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  rank_ = static_cast<std::size_t>(rank);
  size_ = static_cast<std::size_t>(size);
}

MpiSession::~MpiSession() { MPI_Finalize(); }

std::unique_ptr<Channel> MpiSession::open_channel() { return std::make_unique<MpiChannel>(); }
std::shared_ptr<Ranks> MpiSession::ranks() { return mpi_ranks(); }

int MpiSession::agree(int code, const std::function<void()>& report) const {
  // The highest code, and the lowest process that failed, as the highest negated number.
  const std::array<int, 2> mine{code, code == 0 ? -static_cast<int>(size_) : -static_cast<int>(rank_)};
  std::array<int, 2> all{};
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallreduce(mine.data(), all.data(), 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
  const auto end = Clock::now() + patience + patience_per_rank * static_cast<int>(std::min(rank_, most_patient));
  for (;;) {
    int arrived = 0;
    MPI_Test(&request, &arrived, MPI_STATUS_IGNORE);
    if (arrived != 0) break;
    if (code != 0 && Clock::now() > end) {
      if (rank_ != 0) report();
      MPI_Abort(MPI_COMM_WORLD, code);  // NOLINT(clang-analyzer-optin.mpi.MPI-Checker): no process waits any more
    }
    std::this_thread::sleep_for(between_looks);
  }
  // NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker): MPI_Test() has waited
  if (code != 0 && rank_ != 0 && -all[1] == static_cast<int>(rank_)) report();
  return all[0];
}

}  // namespace sorn::team
