// The messages between the ranks of a network in every step.
#pragma once

#include <sorn/ranks.hpp>
#include <sorn/unit_range.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// Whether a rank continues.
enum class Intent : std::uint64_t {
  go_on,
  stop,  ///< an observer asked for it
  fail,  ///< the rank has an error, which agree() will bring to all ranks
};

/// Numbers of synapses in the three matrices.
struct SynapseCounts {
  std::size_t ee = 0;
  std::size_t ei = 0;
  std::size_t ie = 0;
};

/// The population whose activity a message brings to all ranks.
struct Shared {
  bool excitatory = false;
  bool inhibitory = false;
};

/// One or a few collective calls in each step. They send which units of a rank fire, as bits, its numbers of synapses,
/// and whether it continues.
class Exchange {
public:
  /// @param driven  number of the first excitatory units that have inputs; for all others R equals x'
  /// @param shared  the content of each message of a step
  Exchange(Ranks& ranks, std::size_t ne, std::size_t ni, std::size_t driven, std::span<const Shared> shared);

  std::size_t rank() const noexcept { return ranks_.rank(); }

  /// Brings the activity in message `number` to all ranks. Each rank sends the activity of its own units.
  /// @param counts  in: counts of this rank; out: sums over all ranks
  /// @returns whether any rank stops or fails; then nothing else has changed
  Intent activity(std::size_t number, Intent own, SynapseCounts& counts, std::span<std::uint8_t> recurrent,
                  std::span<std::uint8_t> spikes_e, std::span<std::uint8_t> spikes_i);

  /// Brings a number of each rank to all ranks. The result is valid until the next call.
  std::span<const std::uint64_t> numbers(std::uint64_t own);

  /// Calls add() on each rank, one after the other; each changes the values that the ranks before it have changed.
  /// Afterwards all ranks have the values of the last one.
  template <class Add>
  void in_turns(std::span<double> values, Add add) {
    for (std::size_t rank = 0; rank < ranks_.size(); ++rank) {
      if (rank == ranks_.rank()) add();
      send_from(rank, values);
    }
  }

private:
  /// Brings the values of one rank to all ranks.
  void send_from(std::size_t rank, std::span<double> values);

  /// The layout of a rank's part of a message.
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
  std::vector<std::size_t> turn_bounds_;
  std::vector<std::uint64_t> turn_words_;  // ne
};

}  // namespace sorn
