// Several processes that run one network together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace sorn {

/// The processes that share a network, as one of them sees it. Rank r of size() has the incoming synapses of the
/// excitatory and inhibitory units in part_of({0, n}, size(), r). All ranks know which units fire.
///
/// The functions are collective: all ranks call the same functions in the same order. A rank with an error reports it
/// in the next call, so that no other rank waits for ever. The command has an implementation with MPI; a program may
/// provide another.
class Ranks {
public:
  Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  virtual ~Ranks() = default;

  virtual std::size_t rank() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;

  /// Each rank r has set words[bounds[r]] … words[bounds[r + 1] − 1]. Afterwards each rank has all words.
  /// @param bounds  size() + 1 numbers that ascend from 0 to words.size(), the same on all ranks
  virtual void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) = 0;

  /// Sends the bytes of each rank to rank 0, which calls take(rank, bytes) for all ranks, including itself, in
  /// ascending order. The bytes are valid only during the call.
  using Take = std::function<void(std::size_t rank, std::span<const std::byte> bytes)>;
  virtual void collect(std::span<const std::byte> bytes, const Take& take) = 0;
};

}  // namespace sorn
