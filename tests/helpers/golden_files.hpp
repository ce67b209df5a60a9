// The trajectories in tests/golden/variants.
#pragma once

#include "helpers/npz.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace sorn::test {

/// Those of networks with an output layer, or the others.
inline std::vector<std::filesystem::path> golden_variants(bool with_outputs) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SORN_TEST_GOLDEN_DIR "/variants")) {
    if (entry.path().extension() != ".npz") continue;
    if (read_npz(entry.path()).contains("init_Woe") == with_outputs) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace sorn::test
