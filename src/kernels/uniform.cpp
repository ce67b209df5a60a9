#include "kernels/uniform.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace sorn::kernels {

namespace {

constexpr std::size_t units_of_word_block = 4;

/// The blocks of consecutive units. A block is drawn when the first of its units needs a number.
class UnitNumbers {
public:
  UnitNumbers(std::uint64_t seed, Stream stream, std::uint64_t step) noexcept
      : seed_(seed), stream_(stream), step_(step) {}

  double of(std::size_t unit) noexcept {
    const std::size_t block = unit / units_of_word_block;
    if (block != drawn_) {
      words_ = random_block(seed_, stream_, step_, static_cast<std::uint32_t>(block));
      drawn_ = block;
    }
    return (static_cast<double>(words_[unit % units_of_word_block]) + 0.5) * 0x1p-32;
  }

private:
  std::uint64_t seed_;
  Stream stream_;
  std::uint64_t step_;
  std::size_t drawn_ = std::numeric_limits<std::size_t>::max();
  std::array<std::uint32_t, units_of_word_block> words_{};
};

}  // namespace

double uniform_of_unit(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t unit) noexcept {
  return UnitNumbers(seed, stream, step).of(unit);
}

void fill_needed_uniform(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit, double width,
                         std::span<const double> margin, std::span<double> out) noexcept {
  UnitNumbers numbers(seed, stream, step);
  const double most = width * width;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = margin[i] <= most ? width * numbers.of(first_unit + i) : 0.0;
  }
}

void add_random_spikes(std::uint64_t seed, Stream stream, std::uint64_t step, std::size_t first_unit,
                       double probability, std::span<std::uint8_t> spikes) noexcept {
  UnitNumbers numbers(seed, stream, step);
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    if (spikes[i] == 0 && numbers.of(first_unit + i) < probability) spikes[i] = 1;
  }
}

}  // namespace sorn::kernels
