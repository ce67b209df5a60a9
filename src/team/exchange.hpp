// What the ranks of a network tell each other in every step.
#pragma once

#include <sorn/ranks.hpp>
#include <sorn/unit_range.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// Whether a rank goes on.
enum class Intent : std::uint64_t {
  go_on,
  stop,  ///< an observer asked to
  fail,  ///< with an error, which agree() will bring to all
};

/// Synapses of the three matrices.
struct SynapseCounts {
  std::size_t ee = 0;
  std::size_t ei = 0;
  std::size_t ie = 0;
};

/// Whose activity a message brings to all.
struct Shared {
  bool excitatory = false;
  bool inhibitory = false;
};

/// A few collective calls a step, mostly one: who fires among a rank's units as bits, its synapse counts, and whether
/// it goes on.
class Exchange {
public:
  /// @param driven  how many of the first excitatory units have inputs: of others, R is x'
  /// @param shared  what each message of a step brings
  Exchange(Ranks& ranks, std::size_t ne, std::size_t ni, std::size_t driven, std::span<const Shared> shared);

  std::size_t rank() const noexcept { return ranks_.rank(); }

  /// Brings the activity in message `number` to all ranks. Each gives that of its own units.
  /// @param counts  in: those of this rank; out: those of all
  /// @returns whether any rank does not go on; then nothing else has changed
  Intent activity(std::size_t number, Intent own, SynapseCounts& counts, std::span<std::uint8_t> recurrent,
                  std::span<std::uint8_t> spikes_e, std::span<std::uint8_t> spikes_i);

  /// Brings a number of each rank to all. Valid until the next call.
  std::span<const std::uint64_t> numbers(std::uint64_t own);

private:
  /// Where a rank's part of a message has what.
  struct Place {
    UnitRange excitatory, inhibitory, driven;
    std::size_t begin;
  };
  struct Message {
    std::vector<Place> places;  // of each rank
    std::vector<std::size_t> bounds{0};
    std::vector<std::uint64_t> words{};
  };

  Ranks& ranks_;
  std::vector<Message> messages_;
  std::vector<std::size_t> number_bounds_{0};
  std::vector<std::uint64_t> numbers_;
};

}  // namespace sorn
