// Reads archives of arrays that NumPy's savez writes, as far as the golden trajectories need it.
#pragma once

#include "io/npy.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sorn::test {

/// One array of an archive.
struct NpzArray {
  io::NpyHeader header;
  std::vector<std::byte> file;  ///< the .npy file

  const std::vector<std::size_t>& shape() const { return header.shape; }
  /// The values in row-major order, converted from any numeric type.
  std::vector<double> numbers() const;
  /// A NumPy string (`<U…`, ASCII only) as text.
  std::string text() const;
};

std::map<std::string, NpzArray> read_npz(const std::filesystem::path& path);

}  // namespace sorn::test
