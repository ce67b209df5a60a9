// Inputs once the bytes of their file are there: parts of read_inputs().
#pragma once

#include <sorn/io.hpp>

#include <string_view>

namespace sorn::io {

/// Inputs from the content of a .npy file. @throws FormatError, and ShapeError unless its array is (nu, T)
InputArray inputs_from_npy(std::string_view content);

/// Checks what every kind of file must give: something, and finite numbers only. @throws ShapeError, StateError
void check_inputs(const InputArray& inputs);

}  // namespace sorn::io
