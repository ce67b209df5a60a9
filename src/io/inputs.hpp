// The parts of read_inputs() that read inputs from the bytes of a file.
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Reads inputs from a source of read_inputs(), unchecked. Errors other than IoError do not name the file.
InputArray read_source(std::string_view source);

/// Inputs from a .npy file. @throws IoError, FormatError, and ShapeError unless its array is (nu, T)
InputArray inputs_from_npy(const Source& source);

/// Checks what holds for every kind of file: inputs are not empty, and all numbers are finite. @throws ShapeError,
/// StateError
void check_inputs(const InputArray& inputs);

}  // namespace sorn::io
