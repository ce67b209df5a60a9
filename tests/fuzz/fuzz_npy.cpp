// Inputs as .npy: the number of values fits the shape, and the values are the same after they are written as float64.
#include "bytes.hpp"
#include "io/files/source.hpp"
#include "io/inputs.hpp"
#include "io/npy.hpp"

#include <sorn/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace sorn;

namespace {

std::string as_file(const io::NpyArray& array) {
  std::string header =
      fmt::format("{{'descr': '<f8', 'fortran_order': {}, 'shape': ({}{}), }}", array.fortran_order ? "True" : "False",
                  fmt::join(array.shape, ", "), array.shape.size() == 1 ? "," : "");
  header += '\n';
  std::string file("\x93NUMPY\x02\0", 8);
  for (unsigned shift = 0; shift < 32; shift += 8) file += static_cast<char>(header.size() >> shift);
  file += header;
  file.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(double));
  return file;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view content(reinterpret_cast<const char*>(data), size);
  try {
    const io::NpyArray array = io::parse_npy(std::as_bytes(std::span(content)));
    std::size_t count = 1;
    for (const std::size_t extent : array.shape) count *= extent;
    fuzz::expect(array.values.size() == count, "as many values as the shape says");
    const std::string file = as_file(array);
    const io::NpyArray again = io::parse_npy(std::as_bytes(std::span(file)));
    fuzz::expect(same_bits(again.values, array.values), "the values come back");
    fuzz::expect(again.shape == array.shape && again.fortran_order == array.fortran_order, "the shape comes back");
  } catch (const FormatError&) {
  }
  try {
    io::check_inputs(io::inputs_from_npy(io::source_of(content)));
  } catch (const FormatError&) {
  } catch (const ShapeError&) {
  } catch (const StateError&) {
  }
  return 0;
}
