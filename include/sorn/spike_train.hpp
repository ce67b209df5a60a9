// Spike trains, with one bit for each unit and step.
#pragma once

#include <sorn/spike_source.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sorn {

struct Recording;

/// The spikes of `neurons` units over `steps` steps. The bits of a neuron are stored together, with step 0 in the
/// lowest bit of its first word, so that counting, intervals and coincidences work on 64 steps at a time.
class SpikeTrain final : public SpikeSource {
public:
  SpikeTrain() noexcept : SpikeSource(0, 0) {}
  /// A train without spikes.
  SpikeTrain(std::size_t steps, std::size_t neurons);

  /// Makes a train from an array whose entry (step, neuron), 0 or 1, is data[step · step_stride + neuron ·
  /// neuron_stride]. T is std::uint8_t, std::int64_t or double.
  /// @throws StateError that names the first entry other than 0 and 1, and calls the array `name`
  template <class T>
  static SpikeTrain from_array(const T* data, std::size_t steps, std::size_t neurons, std::ptrdiff_t step_stride,
                               std::ptrdiff_t neuron_stride, std::string_view name = "spike_train");

  /// Makes a train from packed steps: bit n % 64 of word n / 64 of a step is neuron n. Bits beyond the last neuron have
  /// no meaning.
  /// @param rows  as many words for each step as hold a bit for each neuron. @throws ShapeError otherwise
  static SpikeTrain from_packed(std::span<const Word> rows, std::size_t steps, std::size_t neurons);

  /// Makes a train from a recording of E, I or R, without its first `skip` rows.
  /// @throws ParameterError if it holds another quantity or fewer rows, StateError as from_array()
  static SpikeTrain from_recording(const Recording& recording, std::size_t skip = 0);

  /// `count` steps of a source from step `first` on. @throws ParameterError if they do not exist
  static SpikeTrain part_of(const SpikeSource& source, std::size_t first, std::size_t count);

  /// The bits of `neuron` < neurons(); bits beyond the last step are 0.
  std::span<const Word> words(std::size_t neuron) const noexcept {
    return {words_.data() + neuron * words_per_neuron_, words_per_neuron_};
  }
  std::size_t words_per_neuron() const noexcept { return words_per_neuron_; }

  /// Whether `neuron` < neurons() fired in `step` < steps().
  bool fired(std::size_t step, std::size_t neuron) const noexcept {
    return (words(neuron)[step / steps_per_word] >> (step % steps_per_word) & 1U) != 0;
  }
  /// Sets a spike of `neuron` < neurons() in `step` < steps().
  void set(std::size_t step, std::size_t neuron) noexcept {
    words_[neuron * words_per_neuron_ + step / steps_per_word] |= Word{1} << (step % steps_per_word);
  }

  /// The number of spikes of `neuron` < neurons().
  std::size_t spike_count(std::size_t neuron) const noexcept;

  /// Writes 0 or 1 for each (step, neuron), row by row. `bytes` has steps() · neurons() entries.
  void to_bytes(std::span<std::uint8_t> bytes) const noexcept;

  SpikeBlock block(std::size_t first, std::size_t count, std::vector<Word>& room) const override;
  std::span<const Word> all_words(std::size_t neuron, std::vector<Word>& /*room*/) const override {
    return words(neuron);
  }

  bool operator==(const SpikeTrain& other) const noexcept {
    return steps() == other.steps() && neurons() == other.neurons() && words_ == other.words_;
  }

private:
  std::size_t words_per_neuron_ = 0;
  std::vector<Word> words_;
};

}  // namespace sorn
