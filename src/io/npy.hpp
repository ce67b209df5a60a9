// NumPy's .npy format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3.
#pragma once

#include "io/files/source.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// An array of numbers or booleans with any number of dimensions. Its values are real numbers, in the stored order.
struct NpyArray {
  std::vector<std::size_t> shape;
  bool fortran_order = false;  ///< true: the first index varies fastest
  std::vector<double> values;
};

/// The content of the header of a .npy file.
struct NpyHeader {
  std::string descr;  ///< type of the values: "<f8", "|u1" …
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;  ///< where the values begin
};

/// @throws FormatError
NpyHeader parse_npy_header(std::span<const std::byte> bytes);

/// Reads float64, float32 and float16, integers of 1 to 8 bytes and booleans, in either byte order. It allocates only
/// what the header says, and only if that agrees with the size of the file.
/// @param accept  is called with the header before the values are read, and may throw
/// @throws FormatError, and IoError if the values cannot fit into this machine's memory
NpyArray read_npy(const Source& source, const std::function<void(const NpyHeader&)>& accept = {});

/// The same for the content of a file.
NpyArray parse_npy(std::span<const std::byte> bytes);

}  // namespace sorn::io
