// Things of NumPy.
#pragma once

#include <nanobind/nanobind.h>

namespace sorn::python {

/// They live as long as the interpreter. Looking one up takes longer than the step of a small network.
struct Numpy {
  nanobind::handle array, empty;                  ///< numpy.ndarray and numpy.empty()
  nanobind::handle float64, int64, uint64, int8;  ///< types of elements
};

/// They are looked up when the module is imported: a thread that looked them up later could wait for Python's lock
/// while another, which has it, waits for the first one.
const Numpy& numpy();

}  // namespace sorn::python
