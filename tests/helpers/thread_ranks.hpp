// Ranks that are threads of one process, for tests of ranks, also under the thread sanitizer.
#pragma once

#include <sorn/ranks.hpp>

#include <barrier>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace sorn::test {

/// The data that the ranks of a group share.
struct RankGroup {
  explicit RankGroup(std::size_t count) : size(count), barrier(static_cast<std::ptrdiff_t>(count)), pieces(count) {}
  const std::size_t size;
  std::barrier<> barrier;
  std::vector<std::span<const std::byte>> pieces;
};

class ThreadRanks final : public Ranks {
public:
  ThreadRanks(RankGroup& group, std::size_t rank) : group_(group), rank_(rank) {}

  std::size_t rank() const noexcept override { return rank_; }
  std::size_t size() const noexcept override { return group_.size; }

  void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) override {
    const auto piece = [&](std::size_t r) { return words.subspan(bounds[r], bounds[r + 1] - bounds[r]); };
    group_.pieces[rank_] = std::as_bytes(piece(rank_));
    group_.barrier.arrive_and_wait();
    for (std::size_t r = 0; r < size(); ++r) {
      if (r != rank_ && !piece(r).empty()) std::memcpy(piece(r).data(), group_.pieces[r].data(), piece(r).size_bytes());
    }
    group_.barrier.arrive_and_wait();
  }

  void collect(std::span<const std::byte> bytes, const Take& take) override {
    group_.pieces[rank_] = bytes;
    group_.barrier.arrive_and_wait();
    if (rank_ == 0) {
      for (std::size_t r = 0; r < size(); ++r) take(r, group_.pieces[r]);
    }
    group_.barrier.arrive_and_wait();
  }

private:
  RankGroup& group_;
  std::size_t rank_;
};

/// Calls body(ranks) on `count` ranks. @throws the exception of rank 0, else that of the first rank that threw one
template <class Body>
void on_ranks(std::size_t count, Body body) {
  RankGroup group(count);
  std::vector<std::exception_ptr> errors(count);
  {
    std::vector<std::jthread> threads;
    for (std::size_t r = 0; r < count; ++r) {
      threads.emplace_back([&, r] {
        try {
          body(std::make_shared<ThreadRanks>(group, r));
        } catch (...) {
          errors[r] = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace sorn::test
