// Inputs once the bytes of their file are there: parts of read_inputs().
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Inputs from where read_inputs() finds them, unchecked. Errors other than IoError do not name the file.
InputArray read_source(std::string_view source);

/// Inputs from a .npy file. @throws IoError, FormatError, and ShapeError unless its array is (nu, T)
InputArray inputs_from_npy(const Source& source);

/// Checks what every kind of file must give: something, and finite numbers only. @throws ShapeError, StateError
void check_inputs(const InputArray& inputs);

}  // namespace sorn::io
