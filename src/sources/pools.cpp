#include "sources/pools.hpp"

#include "kernels/random.hpp"
#include "support/format.hpp"
#include "support/memory.hpp"

#include <sorn/error.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace sorn::sources {

namespace {

using kernels::Stream;

constexpr std::uint64_t all_symbols = std::uint64_t{1} << 32U;  // no code point

std::size_t drawn(std::size_t n, std::uint64_t seed, std::uint64_t of, std::size_t draw) noexcept {
  return kernels::below(n, kernels::random_word(seed, Stream::source_pool, of, static_cast<std::uint32_t>(draw)));
}

/// `count` different numbers below n in random order (Fisher and Yates).
std::vector<std::uint32_t> different(std::size_t count, std::size_t n, std::uint64_t seed) {
  std::vector<std::uint32_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), std::uint32_t{0});
  for (std::size_t k = 0; k < count; ++k) std::swap(numbers[k], numbers[k + drawn(n - k, seed, all_symbols, k)]);
  numbers.resize(count);
  return numbers;
}

/// Appends `count` different numbers below taken.size() in ascending order (Floyd). `taken` is false everywhere.
void append_different(std::size_t count, std::vector<bool>& taken, std::uint64_t seed, std::uint64_t of,
                      std::vector<std::uint32_t>& numbers) {
  const auto begin = static_cast<std::ptrdiff_t>(numbers.size());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t last = taken.size() - count + k;
    std::size_t number = drawn(last + 1, seed, of, k);
    if (taken[number]) number = last;
    taken[number] = true;
    numbers.push_back(static_cast<std::uint32_t>(number));
  }
  std::sort(numbers.begin() + begin, numbers.end());
  for (auto number = numbers.begin() + begin; number != numbers.end(); ++number) taken[*number] = false;
}

}  // namespace

std::vector<std::uint32_t> chosen_pools(PoolKind kind, const std::u32string& alphabet, std::size_t size, std::size_t ne,
                                        std::uint64_t seed) {
  const std::size_t symbols = alphabet.size();
  if (size == 0 || size > ne) {
    throw ParameterError(formatted("pool_size = {}", size),
                         formatted("must be in [1, ne], and the network has ne = {} excitatory units", ne));
  }
  if (kind != PoolKind::overlapping && symbols > ne / size) {
    throw ParameterError(formatted("{} disjoint pools of {} units", symbols, size),
                         formatted("need {} excitatory units, and the network has ne = {}", symbols * size, ne),
                         "choose a smaller pool_size, or pools = \"overlapping\"");
  }
  require_memory(4.0 * (static_cast<double>(symbols * size) + static_cast<double>(ne)), "the source of input");
  std::vector<std::uint32_t> units;
  switch (kind) {
    case PoolKind::disjoint:
      units.resize(symbols * size);
      std::iota(units.begin(), units.end(), std::uint32_t{0});
      break;
    case PoolKind::random_disjoint:
      if (symbols == 0) break;
      units = different(symbols * size, ne, seed);
      for (std::size_t k = 0; k < symbols; ++k) {
        const auto begin = units.begin() + static_cast<std::ptrdiff_t>(k * size);
        std::sort(begin, begin + static_cast<std::ptrdiff_t>(size));
      }
      break;
    case PoolKind::overlapping: {
      std::vector<bool> taken(ne, false);
      units.reserve(symbols * size);
      for (const char32_t symbol : alphabet) append_different(size, taken, seed, symbol, units);
      break;
    }
  }
  return units;
}

}  // namespace sorn::sources
