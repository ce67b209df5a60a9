// Functions for all fuzzers: values from the bytes that libFuzzer generates, and a stop if a promise is broken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::fuzz {

/// Stops the fuzzer unless `holds`. The fuzzer then saves the current bytes.
inline void expect(bool holds, std::string_view promise, std::string_view found = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n%.*s\n", static_cast<int>(promise.size()), promise.data(),
               static_cast<int>(found.size()), found.data());
  std::abort();
}

/// Reads values from bytes, one after the other; returns zeros after the last byte.
class Bytes {
public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return {reinterpret_cast<const char*>(rest_.data()), rest_.size()}; }

  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(sizeof value, rest_.size());
    if (size > 0) std::memcpy(&value, rest_.data(), size);
    rest_ = rest_.subspan(size);
    return value;
  }
  bool flag() { return (take<std::uint8_t>() & 1U) != 0; }
  /// A whole number in [0, n), 0 < n ≤ 65536.
  std::size_t below(std::size_t n) { return n <= 256 ? take<std::uint8_t>() % n : take<std::uint16_t>() % n; }
  template <class T>
  const T& element(std::span<const T> list) {
    return list[below(list.size())];
  }
  template <class T>
  const T& element(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  std::string text(std::size_t longest = 40) {
    const std::size_t wanted = below(longest + 1);  // before rest_.size() is read
    const std::size_t size = std::min(wanted, rest_.size());
    std::string result(rest().substr(0, size));
    rest_ = rest_.subspan(size);
    return result;
  }
  /// A number that is often at the edge of a range, else any number.
  double number() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double edges[] = {0.0,  -0.0,    1.0,      -1.0,      0.5, 5e-324, 2.3e-308, 1e6, 1000001, -1e6,
                                1e18, 1.7e308, infinity, -infinity, nan, 1e-6,   1000,     100, 2,       1e-3};
    const std::size_t kind = below(256);
    if (kind < std::size(edges)) return edges[kind];
    if (kind < 64) return take<double>();
    return static_cast<double>(kind) / 255.0;
  }

private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace sorn::fuzz
