// Spikes that are read in blocks of steps, so that a recording of any length needs little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sorn {

/// The spikes of all neurons in some steps, as bits: bit k of a row is step first + k.
struct SpikeBlock {
  using Word = std::uint64_t;

  const Word* data = nullptr;
  std::size_t stride = 0;  ///< words from the row of one neuron to the next
  std::size_t neurons = 0;
  std::size_t first = 0;  ///< step
  std::size_t steps = 0;

  /// Words of a row. Bits beyond the last step are 0.
  std::size_t words() const noexcept { return (steps + 63) / 64; }
  std::span<const Word> row(std::size_t neuron) const noexcept { return {data + neuron * stride, words()}; }
};

/// The spikes of some neurons over some steps, in memory (SpikeTrain) or in a file (RecordedSpikes).
class SpikeSource {
public:
  using Word = SpikeBlock::Word;
  static constexpr std::size_t steps_per_word = 64;

  virtual ~SpikeSource() = default;

  std::size_t steps() const noexcept { return steps_; }
  std::size_t neurons() const noexcept { return neurons_; }

  /// `count` steps from step `first` on, which must exist. `first` must be a multiple of 64, and `count` too unless
  /// they are the last steps. The block lies in `room` or in this object, and is valid until one of them changes.
  /// @throws IoError, FormatError if it is in a file
  virtual SpikeBlock block(std::size_t first, std::size_t count, std::vector<Word>& room) const = 0;

  /// The number of steps in which to read all of them; a multiple of 64.
  virtual std::size_t steps_a_block() const noexcept;

  /// How many threads should work on a block; 0: one for each processor.
  virtual std::size_t threads() const noexcept { return 1; }

  /// The bits of `neuron` < neurons() in all steps: one bit a step. They lie in `room` or in this object.
  virtual std::span<const Word> all_words(std::size_t neuron, std::vector<Word>& room) const;

protected:
  SpikeSource(std::size_t steps, std::size_t neurons) noexcept : steps_(steps), neurons_(neurons) {}
  SpikeSource(const SpikeSource&) = default;
  SpikeSource(SpikeSource&&) = default;
  SpikeSource& operator=(const SpikeSource&) = default;
  SpikeSource& operator=(SpikeSource&&) = default;

private:
  std::size_t steps_ = 0;
  std::size_t neurons_ = 0;
};

}  // namespace sorn
