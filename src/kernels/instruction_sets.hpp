// The sets of vector instructions for which the kernels were built.
#pragma once

#include <string>
#include <vector>

namespace sorn::kernels {

struct InstructionSets {
  std::string running;              ///< the one that this machine runs: "AVX2"
  std::vector<std::string> usable;  ///< those that it could run, the best first
  std::vector<std::string> built;   ///< those for which the kernels were built, the best first
};

InstructionSets instruction_sets();

}  // namespace sorn::kernels
