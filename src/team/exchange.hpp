// The messages between the ranks of a network in every step.
#pragma once

#include "kernels/activity.hpp"
#include "team/population.hpp"

#include <sorn/ranks.hpp>
#include <sorn/unit_range.hpp>

#include <array>
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

/// The step whose activity is meant: the one that goes on, the one before it, or the one before that.
enum class Moment : std::uint8_t { now, before, earlier };

/// One or a few collective calls in each step. They send which units of a rank fire, as bits, its numbers of synapses,
/// and whether it continues.
///
/// A rank of many has synapses of few units. It then reads the bits of these units only (list_needed()), and the bits
/// of the last steps are kept, from which the activity of all units follows (spread(), unpack()).
class Exchange {
public:
  /// @param driven  number of the first excitatory units that have inputs; for all others R equals x'
  /// @param shared  the content of each message of a step
  Exchange(Ranks& ranks, std::size_t ne, std::size_t ni, std::size_t driven, std::span<const Shared> shared);

  std::size_t rank() const noexcept { return ranks_.rank(); }

  /// Brings the activity in message `number` to all ranks. Each rank sends the activity of its own units.
  /// @param counts  in: counts of this rank; out: sums over all ranks
  /// @returns whether any rank stops or fails; then nothing else has changed
  Intent gather(std::size_t number, Intent own, SynapseCounts& counts, std::span<const std::uint8_t> recurrent,
                std::span<const std::uint8_t> spikes_e, std::span<const std::uint8_t> spikes_i);
  /// Writes the activity of message `number` of this step for the units of all other ranks.
  void spread(std::size_t number, std::span<std::uint8_t> recurrent, std::span<std::uint8_t> spikes_e,
              std::span<std::uint8_t> spikes_i) const;

  /// This rank has synapses of this unit. @returns whether that is new
  bool need(Population population, std::uint32_t unit);
  /// How many units it needs.
  std::size_t needed() const noexcept { return needed_; }
  /// Lists those needed units that fire in this step.
  void list_needed(Population population, kernels::ActiveUnits& list) const noexcept;
  /// Whether a unit fires.
  bool fires(Population population, std::uint32_t unit, Moment moment) const noexcept;
  /// Writes the activity of all units.
  void unpack(Population population, Moment moment, std::span<std::uint8_t> spikes) const;
  /// The step is done: the next messages belong to the next one.
  void end_step() noexcept;

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
    std::array<std::vector<std::uint64_t>, 3> words{};  // by Moment
    std::vector<std::uint64_t> needed{};  // a bit for each unit, where its bit is in the words; empty: none is needed
  };
  /// The bit of a unit in the words of a message.
  struct Bit {
    std::size_t word;
    std::uint64_t mask;
  };

  template <class Visit>
  static void for_each_field(const Place& place, Visit visit);
  Message& message_with(Population population) noexcept;
  const Message& message_with(Population population) const noexcept;
  Bit bit_of(const Message& message, Population population, std::uint32_t unit) const noexcept;

  Ranks& ranks_;
  std::array<std::size_t, 2> widths_;        // units of a rank, of each population
  std::array<std::size_t, 2> message_of_{};  // which message has the activity of a population
  std::size_t needed_ = 0;
  std::vector<Message> messages_;
  std::vector<std::size_t> number_bounds_{0};
  std::vector<std::uint64_t> numbers_;
  std::vector<std::size_t> turn_bounds_;
  std::vector<std::uint64_t> turn_words_;  // ne
};

}  // namespace sorn
