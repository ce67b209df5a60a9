// Functions for the programs that measure ranks.
#pragma once

#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>

namespace sorn::bench {

/// Processor time of this thread.
inline double thread_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The value of a line of a file in /proc, converted from kibibytes to bytes; 0 if there is no such line.
inline std::uint64_t memory(const char* file, const char* line) {
  std::ifstream lines(file);
  std::string word;
  while (lines >> word) {
    if (word != line) continue;
    std::uint64_t kibibytes = 0;
    lines >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

}  // namespace sorn::bench
