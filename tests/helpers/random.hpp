// Random values for tests that need many of them. They follow from one seed, which the property draws.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace sorn::test {

class Random {
public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// A whole number in [0, n), n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  /// A whole number in [low, high].
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  bool chance(double probability) { return unit() < probability; }
  /// A number in [low, high).
  double real(double low, double high) { return low + (high - low) * unit(); }
  /// A number whose logarithm is uniform, for values of any order of magnitude.
  double magnitude(double low, double high) { return std::exp(real(std::log(low), std::log(high))); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }

  std::vector<double> reals(std::size_t count, double low, double high) {
    std::vector<double> values(count);
    std::generate(values.begin(), values.end(), [&] { return real(low, high); });
    return values;
  }
  /// 0 or 1 for each of `count` units.
  std::vector<std::uint8_t> spikes(std::size_t count, double rate) {
    std::vector<std::uint8_t> values(count);
    std::generate(values.begin(), values.end(), [&] { return static_cast<std::uint8_t>(chance(rate)); });
    return values;
  }

private:
  double unit() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

  std::mt19937_64 engine_;
};

/// The indices where `activity` is 1.
inline std::vector<std::uint32_t> active_in(const std::vector<std::uint8_t>& activity) {
  std::vector<std::uint32_t> active;
  for (std::size_t i = 0; i < activity.size(); ++i) {
    if (activity[i] == 1) active.push_back(static_cast<std::uint32_t>(i));
  }
  return active;
}

}  // namespace sorn::test
