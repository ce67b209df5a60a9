// Reads the archives of arrays that NumPy's savez writes; enough for the golden trajectories.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sorn::test {

/// One array: `descr` is NumPy's type string, `shape` its extents, `bytes` its values in row-major order.
struct NpzArray {
  std::string descr;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;

  /// The values as doubles, whatever numeric type they are stored in.
  std::vector<double> numbers() const;
  /// A NumPy string (`<U…`, ASCII only) as text.
  std::string text() const;
};

std::map<std::string, NpzArray> read_npz(const std::filesystem::path& path);

}  // namespace sorn::test
