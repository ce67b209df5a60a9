// Loops over the spikes of bit-packed trains, and checks that the measures share.
#pragma once

#include <sorn/spike_train.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
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

/// Adds weight(neuron) to total[step] for every set bit in word(neuron, index). A block of steps stays in the
/// first-level cache while all neurons are visited.
template <class T, class WordAt, class Weight>
void add_per_step(const SpikeTrain& shape, std::span<T> total, WordAt&& word_at, Weight&& weight) {
  constexpr std::size_t words_per_block = 32;
  const std::size_t n_words = shape.words_per_neuron();
  for (std::size_t begin = 0; begin < n_words; begin += words_per_block) {
    const std::size_t end = std::min(begin + words_per_block, n_words);
    for (std::size_t neuron = 0; neuron < shape.neurons(); ++neuron) {
      const T amount = weight(neuron);
      for (std::size_t w = begin; w < end; ++w) {
        for (SpikeTrain::Word rest = word_at(neuron, w); rest != 0; rest &= rest - 1) {
          total[w * SpikeTrain::steps_per_word + static_cast<std::size_t>(std::countr_zero(rest))] += amount;
        }
      }
    }
  }
}

/// @throws ShapeError if the train has no steps or no neurons
void require_content(const SpikeTrain& train);

/// @throws ParameterError unless the train has this neuron
void require_neuron(const SpikeTrain& train, std::size_t neuron);

/// @throws ParameterError unless 1 ≤ window ≤ steps; `name` is the name of the argument
void require_window(const SpikeTrain& train, const char* name, std::size_t window);

/// @throws ShapeError unless both have the same shape
void require_same_shape(const SpikeTrain& actual, const SpikeTrain& perturbed);

}  // namespace sorn::analysis
