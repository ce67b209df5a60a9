// Loops over spikes in bits, and checks that the measures share.
#pragma once

#include <sorn/spike_train.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sorn::analysis {

/// Calls visit(step) for every set bit in the words of a neuron, in ascending order.
template <class Visit>
void for_each_spike(std::span<const SpikeTrain::Word> words, Visit&& visit) {
  for (std::size_t w = 0; w < words.size(); ++w) {
    for (SpikeTrain::Word rest = words[w]; rest != 0; rest &= rest - 1) {
      visit(w * SpikeTrain::steps_per_word + static_cast<std::size_t>(std::countr_zero(rest)));
    }
  }
}

/// The number of bits from bit `begin` to before bit `end`.
inline std::uint64_t ones_between(std::span<const SpikeBlock::Word> row, std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t width = SpikeSource::steps_per_word;
  constexpr SpikeBlock::Word all = ~SpikeBlock::Word{0};
  if (begin >= end) return 0;
  const SpikeBlock::Word from_begin = all << (begin % width);
  const SpikeBlock::Word to_end = all >> ((width - end % width) % width);
  const std::size_t first = begin / width;
  const std::size_t last = (end - 1) / width;
  if (first == last) return static_cast<std::uint64_t>(std::popcount(row[first] & from_begin & to_end));
  auto count = static_cast<std::uint64_t>(std::popcount(row[first] & from_begin));
  for (std::size_t w = first + 1; w < last; ++w) count += static_cast<std::uint64_t>(std::popcount(row[w]));
  return count + static_cast<std::uint64_t>(std::popcount(row[last] & to_end));
}

/// Adds weight(neuron) to total[step] for every spike of a block, from word `begin` to before word `end` of its rows,
/// neuron by neuron for each step. Some steps stay in the first-level cache while all neurons are visited.
template <class Weight>
void add_per_step(const SpikeBlock& block, std::size_t begin, std::size_t end, std::span<double> total,
                  Weight&& weight) {
  constexpr std::size_t words_at_once = 32;
  for (; begin < end; begin += words_at_once) {
    const std::size_t stop = std::min(begin + words_at_once, end);
    for (std::size_t neuron = 0; neuron < block.neurons; ++neuron) {
      const double amount = weight(neuron);
      const auto row = block.row(neuron);
      for (std::size_t w = begin; w < stop; ++w) {
        for (SpikeBlock::Word rest = row[w]; rest != 0; rest &= rest - 1) {
          total[w * SpikeSource::steps_per_word + static_cast<std::size_t>(std::countr_zero(rest))] += amount;
        }
      }
    }
  }
}

/// @throws ShapeError if the source has no steps or no neurons
void require_content(const SpikeSource& source);

/// @throws ParameterError unless the source has this neuron
void require_neuron(const SpikeSource& source, std::size_t neuron);

/// @throws ParameterError unless 1 ≤ window ≤ steps; `name` is the name of the argument
void require_window(const SpikeSource& source, const char* name, std::size_t window);

/// @throws ShapeError unless both have the same shape
void require_same_shape(const SpikeSource& actual, const SpikeSource& perturbed);

}  // namespace sorn::analysis
