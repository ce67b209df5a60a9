// NumPy's .npy format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3.
#pragma once

#include "io/files/source.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sorn::io {

/// An array of numbers or booleans of any rank, its values as real numbers in the order in which they are stored.
struct NpyArray {
  std::vector<std::size_t> shape;
  bool fortran_order = false;  ///< true: the first index runs fastest
  std::vector<double> values;
};

/// What the header of a .npy file says.
struct NpyHeader {
  std::string descr;  ///< type of the values: "<f8", "|u1" …
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t data_offset = 0;  ///< where the values begin
};

/// @throws FormatError
NpyHeader parse_npy_header(std::span<const std::byte> bytes);

/// Reads float64, float32 and float16, integers of 1 to 8 bytes and booleans, in either order of bytes. No more is
/// taken into memory than the header says, and only once that agrees with the size of the file.
/// @param accept  is shown the header before the values are read, and may throw
/// @throws FormatError, and IoError if the values cannot fit into this machine's memory
NpyArray read_npy(const Source& source, const std::function<void(const NpyHeader&)>& accept = {});

/// The same of a file's content.
NpyArray parse_npy(std::span<const std::byte> bytes);

}  // namespace sorn::io
