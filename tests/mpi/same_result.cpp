// same_result A.h5 B.h5: compares the contents of two result files, wherever in the file they are. Prints the
// differences.
#include <sorn/io.hpp>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const sorn::Result a = sorn::load_result(argv[1]);
    const sorn::Result b = sorn::load_result(argv[2]);
    const auto differ = [](const char* what, bool equal) {
      if (!equal) std::printf("they differ in their %s\n", what);
      return equal ? 0 : 1;
    };
    return differ("parameters", a.parameters == b.parameters) | differ("state", a.state == b.state) |
           differ("recordings", a.recordings == b.recordings) | differ("description of the run", a.run == b.run);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
}
