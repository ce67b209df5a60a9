#include "team/mpi/mpi_ranks.hpp"

#include <mpi.h>

#include <algorithm>
#include <vector>

namespace sorn::team {

namespace {

/// MPI counts in ints, so longer messages are sent in pieces.
constexpr std::size_t largest_message = 1U << 30U;
constexpr int collect_tag = 1;

// By default an error inside MPI ends all processes. So errors need not be checked here.
class MpiRanks final : public Ranks {
public:
  MpiRanks() {
    MPI_Comm_dup(MPI_COMM_WORLD, &world_);  // so that messages of other code cannot be mixed up with these
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(world_, &rank);
    MPI_Comm_size(world_, &size);
    rank_ = static_cast<std::size_t>(rank);
    counts_.resize(static_cast<std::size_t>(size));
    places_.resize(static_cast<std::size_t>(size));
    sizes_.resize(static_cast<std::size_t>(size));
  }
  ~MpiRanks() override { MPI_Comm_free(&world_); }

  std::size_t rank() const noexcept override { return rank_; }
  std::size_t size() const noexcept override { return counts_.size(); }

  void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) override {
    for (std::size_t r = 0; r < size(); ++r) {
      places_[r] = static_cast<int>(bounds[r]);
      counts_[r] = static_cast<int>(bounds[r + 1] - bounds[r]);
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, words.data(), counts_.data(), places_.data(), MPI_UINT64_T,
                   world_);
  }

  void collect(std::span<const std::byte> bytes, const Take& take) override {
    const std::uint64_t own = bytes.size();
    MPI_Gather(&own, 1, MPI_UINT64_T, sizes_.data(), 1, MPI_UINT64_T, 0, world_);
    if (rank_ != 0) {
      in_pieces(bytes, [&](std::span<const std::byte> piece) {
        MPI_Send(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, 0, collect_tag, world_);
      });
      return;
    }
    take(0, bytes);
    std::vector<std::byte> received;
    for (std::size_t r = 1; r < size(); ++r) {
      received.resize(sizes_[r]);
      in_pieces(std::span(received), [&](std::span<std::byte> piece) {
        MPI_Recv(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, static_cast<int>(r), collect_tag, world_,
                 MPI_STATUS_IGNORE);
      });
      take(r, received);
    }
  }

private:
  template <class Bytes, class Visit>
  static void in_pieces(Bytes bytes, Visit visit) {
    while (!bytes.empty()) {
      const std::size_t size = std::min(bytes.size(), largest_message);
      visit(bytes.first(size));
      bytes = bytes.subspan(size);
    }
  }

  MPI_Comm world_ = MPI_COMM_NULL;
  std::size_t rank_ = 0;
  std::vector<int> counts_, places_;
  std::vector<std::uint64_t> sizes_;
};

}  // namespace

std::shared_ptr<Ranks> mpi_ranks() { return std::make_shared<MpiRanks>(); }

}  // namespace sorn::team
