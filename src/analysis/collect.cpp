#include "analysis/collect.hpp"

#include "support/in_threads.hpp"

#include <array>
#include <atomic>
#include <bit>

namespace sorn::analysis {

namespace {

using Word = SpikeBlock::Word;

constexpr std::size_t lanes = 8;  // words of a row that are counted together

/// Words of several steps, as one long word.
struct Lanes {
  std::array<Word, lanes> words{};
};

Lanes operator^(const Lanes& a, const Lanes& b) noexcept {
  Lanes result;
  for (std::size_t k = 0; k < lanes; ++k) result.words[k] = a.words[k] ^ b.words[k];
  return result;
}
Lanes operator&(const Lanes& a, const Lanes& b) noexcept {
  Lanes result;
  for (std::size_t k = 0; k < lanes; ++k) result.words[k] = a.words[k] & b.words[k];
  return result;
}
Lanes operator|(const Lanes& a, const Lanes& b) noexcept {
  Lanes result;
  for (std::size_t k = 0; k < lanes; ++k) result.words[k] = a.words[k] | b.words[k];
  return result;
}

/// Adds b and c to a, bit by bit, and returns the carries.
Lanes add_bits(Lanes& a, const Lanes& b, const Lanes& c) noexcept {
  const Lanes differ = a ^ b;
  const Lanes carry = (a & b) | (differ & c);
  a = differ ^ c;
  return carry;
}

/// How many rows have each bit, as binary digits: digit k of a count is in digits[k].
class BitCounter {
public:
  explicit BitCounter(std::size_t rows) noexcept : used_(static_cast<std::size_t>(std::bit_width(rows))) {}

  /// Counts eight rows (Harley and Seal's order of additions).
  template <class Row>
  void add_eight(Row&& row) noexcept {
    const Lanes twos_a = add_bits(digits_[0], row(0), row(1));
    const Lanes twos_b = add_bits(digits_[0], row(2), row(3));
    const Lanes fours_a = add_bits(digits_[1], twos_a, twos_b);
    const Lanes twos_c = add_bits(digits_[0], row(4), row(5));
    const Lanes twos_d = add_bits(digits_[0], row(6), row(7));
    const Lanes fours_b = add_bits(digits_[1], twos_c, twos_d);
    Lanes carry = add_bits(digits_[2], fours_a, fours_b);
    for (std::size_t k = 3; k < used_; ++k) {
      const Lanes next = digits_[k] & carry;
      digits_[k] = digits_[k] ^ carry;
      carry = next;
    }
  }

  std::uint64_t digit(std::size_t k, std::size_t lane) const noexcept { return digits_[k].words[lane]; }
  std::size_t used() const noexcept { return used_; }

private:
  std::array<Lanes, 64> digits_{};
  std::size_t used_;
};

/// Makes bit i of a byte the lowest bit of byte i.
std::uint64_t spread(std::uint64_t byte) noexcept {
  const std::uint64_t chosen = byte * 0x0101010101010101U & 0x8040201008040201U;
  return (chosen + 0x7F7F7F7F7F7F7F7FU) >> 7U & 0x0101010101010101U;
}

}  // namespace

void count_active(const SpikeBlock& block, std::size_t begin, std::size_t end, std::span<double> activity) noexcept {
  for (std::size_t w = begin; w < end; w += lanes) {
    const std::size_t words = std::min(lanes, end - w);
    BitCounter counter(block.neurons);
    for (std::size_t n = 0; n < block.neurons; n += 8) {
      counter.add_eight([&](std::size_t k) {
        Lanes row;
        if (n + k < block.neurons) {
          const Word* const from = block.data + (n + k) * block.stride + w;
          if (words == lanes) {
            std::copy_n(from, lanes, row.words.begin());
          } else {
            std::copy_n(from, words, row.words.begin());
          }
        }
        return row;
      });
    }
    for (std::size_t lane = 0; lane < words; ++lane) {
      const std::size_t first = (w + lane) * SpikeSource::steps_per_word;
      const std::size_t steps = std::min(SpikeSource::steps_per_word, block.steps - first);
      for (std::size_t eighth = 0; 8 * eighth < steps; ++eighth) {
        std::array<std::uint64_t, 8> counts{};
        for (std::size_t low = 0; low < counter.used(); low += 8) {
          std::uint64_t bytes = 0;  // byte i: eight digits of the count of step i
          for (std::size_t k = low; k < std::min(low + 8, counter.used()); ++k) {
            bytes |= spread(counter.digit(k, lane) >> (8 * eighth) & 0xffU) << (k - low);
          }
          for (std::size_t i = 0; i < 8; ++i) counts[i] |= (bytes >> (8 * i) & 0xffU) << low;
        }
        for (std::size_t i = 0; i < std::min<std::size_t>(8, steps - 8 * eighth); ++i) {
          activity[first + 8 * eighth + i] = static_cast<double>(counts[i]);
        }
      }
    }
  }
}

namespace {

/// Calls work(task) for all tasks, in several threads if there are several.
template <class Work>
void share(std::size_t threads, std::size_t tasks, Work&& work) {
  if (threads == 1) {
    for (std::size_t task = 0; task < tasks; ++task) work(task);
    return;
  }
  std::atomic<std::size_t> next = 0;
  in_threads(threads, tasks, [&] {
    for (std::size_t task = next++; task < tasks; task = next++) work(task);
  });
}

}  // namespace

void collect(const SpikeSource& source, std::span<Collector* const> collectors) {
  const std::size_t threads = source.threads();
  const std::size_t parts_of_activity = threads == 1 ? 1 : 16;
  std::vector<Collector*> active(collectors.begin(), collectors.end());
  std::vector<double> activity;
  while (!active.empty()) {
    const bool counts = std::ranges::any_of(active, [](const Collector* one) { return one->reads_activity(); });
    std::vector<std::pair<Collector*, std::size_t>> tasks;
    for (Collector* one : active) {
      for (std::size_t part = 0; part < one->parts(); ++part) tasks.emplace_back(one, part);
    }
    for_each_block(source, [&](const SpikeBlock& block) {
      Seen seen{block, {}};
      if (counts) {
        activity.resize(block.steps);
        const Parts parts(block.words(), parts_of_activity);
        share(threads, parts_of_activity,
              [&](std::size_t part) { count_active(block, parts[part].first, parts[part].second, activity); });
        seen.activity = activity;
      }
      share(threads, tasks.size(), [&](std::size_t task) { tasks[task].first->add(seen, tasks[task].second); });
      for (Collector* one : active) one->end_block(seen);
    });
    std::erase_if(active, [](Collector* one) { return !one->end_pass(); });
  }
}

void collect(const Series& series, SeriesCollector& collector) {
  do {
    series([&](std::span<const double> part) { collector.add(part); });
  } while (collector.end_pass());
}

void collect(std::span<const double> series, SeriesCollector& collector) {
  do {
    collector.add(series);
  } while (collector.end_pass());
}

}  // namespace sorn::analysis
