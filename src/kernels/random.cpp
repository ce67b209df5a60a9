#include "kernels/random.hpp"

#include <Random123/philox.h>

#include <numeric>
#include <utility>

namespace sorn::kernels {

std::array<std::uint32_t, 4> random_block(std::uint64_t seed, Stream stream, std::uint64_t step,
                                          std::uint32_t block) noexcept {
  const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U)}};
  const r123::Philox4x32::ctr_type counter{{block, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(step),
                                            static_cast<std::uint32_t>(step >> 32U)}};
  const auto words = r123::Philox4x32{}(counter, key);
  return {words[0], words[1], words[2], words[3]};
}

std::uint64_t random_word(std::uint64_t seed, Stream stream, std::uint64_t step, std::uint32_t unit) noexcept {
  const auto block = random_block(seed, stream, step, unit);
  return block[0] | static_cast<std::uint64_t>(block[1]) << 32U;
}

double uniform(std::uint64_t word) noexcept { return (static_cast<double>(word >> 12U) + 0.5) * 0x1p-52; }

std::uint64_t below(std::uint64_t n, std::uint64_t word) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(n) * word) >> 64U);
}

std::vector<std::size_t> permutation(std::size_t n, std::uint64_t seed, Stream stream, std::uint64_t step,
                                     std::uint32_t unit) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = n; k > 1; --k) {
    const std::uint64_t word = random_word(seed, stream, step, unit + static_cast<std::uint32_t>(k - 1));
    std::swap(order[k - 1], order[below(k, word)]);
  }
  return order;
}

}  // namespace sorn::kernels
