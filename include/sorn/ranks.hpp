// Several processes that run one network together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace sorn {

/// The processes that share a network, seen from one of them. Rank r of size() has the incoming synapses of the units
/// in part_of({0, n}, size(), r), of the excitatory and of the inhibitory ones; all know who fires.
///
/// The functions are collective: every rank calls the same ones in the same order. A rank that cannot go on says so in
/// the next of them instead of staying away, so that none waits for ever. The command has an implementation over
/// MPI; another may be given.
class Ranks {
public:
  Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  virtual ~Ranks() = default;

  virtual std::size_t rank() const noexcept = 0;
  virtual std::size_t size() const noexcept = 0;

  /// Each rank r has filled words[bounds[r]] … words[bounds[r + 1] − 1]; afterwards each has all of them.
  /// @param bounds  size() + 1 numbers that ascend from 0 to words.size(), the same on all ranks
  virtual void all_gather(std::span<std::uint64_t> words, std::span<const std::size_t> bounds) = 0;

  /// Brings the bytes of each rank to rank 0, which calls take(rank, bytes) for one after the other, itself included,
  /// in ascending order. The bytes are valid during the call only.
  using Take = std::function<void(std::size_t rank, std::span<const std::byte> bytes)>;
  virtual void collect(std::span<const std::byte> bytes, const Take& take) = 0;
};

}  // namespace sorn
