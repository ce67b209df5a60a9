// The parts of read_inputs() that read inputs from the bytes of a file.
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <cstdint>
#include <string_view>

namespace sorn::io {

/// The dimensions that an array may have.
enum class Dimensions : std::uint8_t {
  two,         ///< (features, steps)
  one_or_two,  ///< also (steps)
};

/// The source that stands for the standard input.
inline constexpr std::string_view standard_input = "-";

/// Whether a source is a table of numbers as text.
bool is_text(std::string_view source) noexcept;

/// Reads inputs from a source of read_inputs(), unchecked. Errors other than IoError do not name the file.
InputArray read_source(std::string_view source, Dimensions dimensions = Dimensions::two);

/// Inputs from a .npy file. @throws IoError, FormatError, and ShapeError unless its array is (nu, T)
InputArray inputs_from_npy(const Source& source, Dimensions dimensions = Dimensions::two);

/// Checks what holds for every kind of file: inputs are not empty, and all numbers are finite. @throws ShapeError,
/// StateError
void check_inputs(const InputArray& inputs);

}  // namespace sorn::io
