#include <sorn/spike_train.hpp>

#include "analysis/spikes.hpp"
#include "core/quantity.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>
#include <sorn/recorder.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <variant>

namespace sorn {

namespace {

using Word = SpikeTrain::Word;
constexpr std::size_t word_bytes = sizeof(Word);

/// Writes the entries of one step as bytes 0 or 1. Returns whether all entries are 0 or 1.
template <class T>
bool load_row(const T* entry, std::ptrdiff_t stride, std::span<std::uint8_t> bytes) noexcept {
  unsigned wrong = 0;
  const auto take = [&](std::uint8_t& byte, T value) {
    byte = static_cast<std::uint8_t>(value == T{1});
    wrong |= static_cast<unsigned>(value != T{0}) & static_cast<unsigned>(value != T{1});
  };
  if (stride == 1) {  // separate, so that the compiler can vectorise it
    for (std::size_t n = 0; n < bytes.size(); ++n) take(bytes[n], entry[n]);
  } else {
    for (std::uint8_t& byte : bytes) {
      take(byte, *entry);
      entry += stride;
    }
  }
  return wrong == 0;
}

/// Makes the words of eight neurons from 64 rows of eight bytes 0 or 1: byte n of rows[r · row_words] is neuron n in
/// step r. Eight rows at a time are combined, so that byte n holds eight steps of neuron n.
std::array<Word, word_bytes> transpose(const Word* rows, std::size_t row_words) noexcept {
  static_assert(std::endian::native == std::endian::little, "byte n of a word must lie at address n");
  std::array<Word, word_bytes> words{};
  for (std::size_t eighth = 0; eighth < word_bytes; ++eighth) {
    Word steps = 0;
    for (std::size_t r = 0; r < 8; ++r) steps |= rows[(8 * eighth + r) * row_words] << r;
    for (std::size_t n = 0; n < word_bytes; ++n) words[n] |= ((steps >> (8 * n)) & 0xffU) << (8 * eighth);
  }
  return words;
}

/// Transposes 64 rows of 64 bits: bit c of row r becomes bit r of row c. Blocks of half the size are swapped, then
/// those within them (H. S. Warren, Hacker's Delight, section 7-3).
void transpose(std::array<Word, SpikeTrain::steps_per_word>& rows) noexcept {
  Word low = 0x00000000ffffffff;  // the lower half of each block
  for (std::size_t half = 32; half != 0; half /= 2, low ^= low << half) {
    for (std::size_t r = 0; r < rows.size(); r = ((r | half) + 1) & ~half) {
      const Word other = ((rows[r] >> half) ^ rows[r | half]) & low;
      rows[r] ^= other << half;
      rows[r | half] ^= other;
    }
  }
}

template <class T>
[[noreturn]] void refuse(const T* data, std::size_t steps, std::size_t neurons, std::ptrdiff_t step_stride,
                         std::ptrdiff_t neuron_stride, std::string_view name) {
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t n = 0; n < neurons; ++n) {
      const T value =
          data[static_cast<std::ptrdiff_t>(t) * step_stride + static_cast<std::ptrdiff_t>(n) * neuron_stride];
      if (value == T{0} || value == T{1}) continue;
      throw StateError(formatted("{}[{}, {}] = {}", name, t, n, value), "must be 0 or 1",
                       "spike trains have the shape (time, neurons)");
    }
  }
  throw StateError(std::string(name), "must be 0 or 1, and must not change while it is read");
}

}  // namespace

SpikeTrain::SpikeTrain(std::size_t steps, std::size_t neurons)
    : SpikeSource(steps, neurons),
      words_per_neuron_((steps + steps_per_word - 1) / steps_per_word),
      words_(neurons * words_per_neuron_) {}

template <class T>
SpikeTrain SpikeTrain::from_array(const T* data, std::size_t steps, std::size_t neurons, std::ptrdiff_t step_stride,
                                  std::ptrdiff_t neuron_stride, std::string_view name) {
  SpikeTrain train(steps, neurons);
  if (neurons == 0) return train;
  const std::size_t row_words = (neurons + word_bytes - 1) / word_bytes;
  std::vector<Word> rows(row_words * steps_per_word);
  std::vector<std::uint8_t> row(row_words * word_bytes);
  for (std::size_t w = 0; w < train.words_per_neuron_; ++w) {
    const std::size_t begin = w * steps_per_word;
    const std::size_t count = std::min(steps_per_word, steps - begin);
    if (count < steps_per_word) std::fill(rows.begin(), rows.end(), 0);
    for (std::size_t r = 0; r < count; ++r) {
      const T* const entry = data + static_cast<std::ptrdiff_t>(begin + r) * step_stride;
      if (!load_row<T>(entry, neuron_stride, std::span(row).first(neurons))) {
        refuse(data, steps, neurons, step_stride, neuron_stride, name);
      }
      std::memcpy(rows.data() + r * row_words, row.data(), row.size());
    }
    for (std::size_t group = 0; group < row_words; ++group) {
      const auto words = transpose(rows.data() + group, row_words);
      const std::size_t first = group * word_bytes;
      for (std::size_t n = first; n < std::min(first + word_bytes, neurons); ++n) {
        train.words_[n * train.words_per_neuron_ + w] = words[n - first];
      }
    }
  }
  return train;
}

template SpikeTrain SpikeTrain::from_array(const std::uint8_t*, std::size_t, std::size_t, std::ptrdiff_t,
                                           std::ptrdiff_t, std::string_view);
template SpikeTrain SpikeTrain::from_array(const std::int64_t*, std::size_t, std::size_t, std::ptrdiff_t,
                                           std::ptrdiff_t, std::string_view);
template SpikeTrain SpikeTrain::from_array(const double*, std::size_t, std::size_t, std::ptrdiff_t, std::ptrdiff_t,
                                           std::string_view);

SpikeTrain SpikeTrain::from_packed(std::span<const Word> rows, std::size_t steps, std::size_t neurons) {
  const std::size_t row_words = (neurons + steps_per_word - 1) / steps_per_word;
  if (rows.size() != steps * row_words) {
    throw ShapeError(formatted("{} words of packed spikes", rows.size()),
                     formatted("must be {} for each of {} steps", row_words, steps));
  }
  SpikeTrain train(steps, neurons);
  std::array<Word, steps_per_word> block{};
  for (std::size_t w = 0; w < train.words_per_neuron_; ++w) {
    const std::size_t begin = w * steps_per_word;
    const std::size_t count = std::min(steps_per_word, steps - begin);
    for (std::size_t group = 0; group < row_words; ++group) {
      for (std::size_t r = 0; r < steps_per_word; ++r) {
        block[r] = r < count ? rows[(begin + r) * row_words + group] : 0;
      }
      transpose(block);
      const std::size_t first = group * steps_per_word;
      for (std::size_t n = first; n < std::min(first + steps_per_word, neurons); ++n) {
        train.words_[n * train.words_per_neuron_ + w] = block[n - first];
      }
    }
  }
  return train;
}

SpikeTrain SpikeTrain::from_recording(const Recording& recording, std::size_t skip) {
  if (!info(recording.request.quantity).is_spikes()) {
    throw ParameterError(formatted("a recording of {}", name(recording.request.quantity)),
                         formatted("holds no spikes: {} do", listed(quantity_names(&QuantityInfo::is_spikes), "and")));
  }
  if (skip > recording.rows) {
    throw ParameterError(formatted("skip = {}", skip), formatted("must be at most the {} rows", recording.rows));
  }
  const std::size_t neurons = recording.row_shape.at(0);
  const auto train = [&](const auto& values) {
    return from_array(values.data() + skip * neurons, recording.rows - skip, neurons,
                      static_cast<std::ptrdiff_t>(neurons), 1, name(recording.request.quantity));
  };
  if (const auto* const reals = std::get_if<std::vector<double>>(&recording.values)) return train(*reals);
  return train(recording.spikes());
}

SpikeTrain SpikeTrain::part_of(const SpikeSource& source, std::size_t first, std::size_t count) {
  if (first > source.steps() || count > source.steps() - first) {
    throw ParameterError(formatted("steps {} to {}", first, first + count),
                         formatted("must be among the {} steps", source.steps()));
  }
  SpikeTrain part(count, source.neurons());
  std::vector<Word> room;
  const std::size_t end = first + count;
  for (std::size_t begin = first / steps_per_word * steps_per_word; begin < end; begin += source.steps_a_block()) {
    const SpikeBlock block = source.block(begin, std::min(source.steps_a_block(), source.steps() - begin), room);
    for (std::size_t neuron = 0; neuron < block.neurons; ++neuron) {
      analysis::for_each_spike(block.row(neuron), [&](std::size_t k) {
        if (begin + k >= first && begin + k < end) part.set(begin + k - first, neuron);
      });
    }
  }
  return part;
}

std::size_t SpikeTrain::spike_count(std::size_t neuron) const noexcept {
  std::size_t count = 0;
  for (const Word word : words(neuron)) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

void SpikeTrain::to_bytes(std::span<std::uint8_t> bytes) const noexcept {
  std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
  for (std::size_t n = 0; n < neurons(); ++n) {
    analysis::for_each_spike(words(n), [&](std::size_t step) { bytes[step * neurons() + n] = 1; });
  }
}

SpikeBlock SpikeTrain::block(std::size_t first, std::size_t count, std::vector<Word>& /*room*/) const {
  return {words_.data() + first / steps_per_word, words_per_neuron_, neurons(), first, count};
}

std::size_t SpikeSource::steps_a_block() const noexcept {
  constexpr std::size_t cache_words = 32768;  // all neurons of a block stay in the second-level cache
  return std::max<std::size_t>(64, cache_words / std::max<std::size_t>(1, neurons_)) * steps_per_word;
}

std::span<const SpikeSource::Word> SpikeSource::all_words(std::size_t neuron, std::vector<Word>& room) const {
  room.resize((steps_ + steps_per_word - 1) / steps_per_word);
  std::vector<Word> block_room;
  for (std::size_t first = 0; first < steps_; first += steps_a_block()) {
    const auto row = block(first, std::min(steps_a_block(), steps_ - first), block_room).row(neuron);
    std::copy(row.begin(), row.end(), room.begin() + static_cast<std::ptrdiff_t>(first / steps_per_word));
  }
  return room;
}

}  // namespace sorn
