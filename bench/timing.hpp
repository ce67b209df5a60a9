// Timing and other functions for the programs that print JSON.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace sorn::bench {

/// Processor time of `work`, which has one thread. It excludes other processes on the machine.
template <class Work>
double seconds(Work work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Wall-clock time of `work`.
template <class Work>
double clock_seconds(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// @throws std::runtime_error(otherwise)
inline void require(bool condition, const char* otherwise) {
  if (!condition) throw std::runtime_error(otherwise);
}

/// The program's arguments, which must be whole numbers. @throws std::invalid_argument
inline std::vector<std::size_t> numbers(int argc, char** argv, std::size_t count, std::string_view usage) {
  std::vector<std::size_t> values;
  for (int k = 1; k < argc; ++k) {
    const char* const end = argv[k] + std::strlen(argv[k]);
    std::size_t value = 0;
    const auto [stop, error] = std::from_chars(argv[k], end, value);
    if (error == std::errc() && stop == end && value > 0) values.push_back(value);
  }
  if (values.size() != count || argc != static_cast<int>(count) + 1) {
    throw std::invalid_argument(fmt::format("usage: {} {}", argv[0], usage));
  }
  return values;
}

/// Runs a program; an exception becomes a message and exit code 1.
template <class Program>
int report_errors(Program program) {
  try {
    program();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}

}  // namespace sorn::bench
