// Files that are the same whenever, wherever and by whichever command they are made.
#pragma once

#include <cstdlib>

namespace sorn::test {

/// While it lives, files say a date of ours, and neither host nor command line.
class ReproducibleFiles {
public:
  ReproducibleFiles() { setenv("SOURCE_DATE_EPOCH", "1000000000", 1); }
  ReproducibleFiles(const ReproducibleFiles&) = delete;
  ReproducibleFiles& operator=(const ReproducibleFiles&) = delete;
  ~ReproducibleFiles() { unsetenv("SOURCE_DATE_EPOCH"); }
  static constexpr const char* date = "2001-09-09T01:46:40Z";
};

}  // namespace sorn::test
