// Inputs once the bytes of their file are there: parts of read_inputs().
#pragma once

#include "io/files/source.hpp"

#include <sorn/io.hpp>

namespace sorn::io {

/// Inputs from a .npy file. @throws IoError, FormatError, and ShapeError unless its array is (nu, T)
InputArray inputs_from_npy(const Source& source);

/// Checks what every kind of file must give: something, and finite numbers only. @throws ShapeError, StateError
void check_inputs(const InputArray& inputs);

}  // namespace sorn::io
