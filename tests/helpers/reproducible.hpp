// Makes files that do not depend on time, machine or command line.
#pragma once

#include <cstdlib>

namespace sorn::test {

/// During this object's lifetime, files have a fixed date, and neither host nor command line.
class ReproducibleFiles {
public:
  ReproducibleFiles() { setenv("SOURCE_DATE_EPOCH", "1000000000", 1); }
  ReproducibleFiles(const ReproducibleFiles&) = delete;
  ReproducibleFiles& operator=(const ReproducibleFiles&) = delete;
  ~ReproducibleFiles() { unsetenv("SOURCE_DATE_EPOCH"); }
  static constexpr const char* date = "2001-09-09T01:46:40Z";
};

}  // namespace sorn::test
