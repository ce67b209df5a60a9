// Things of NumPy.
#pragma once

#include <nanobind/nanobind.h>

namespace sorn::python {

/// They live as long as the interpreter. Looking one up takes longer than the step of a small network.
struct Numpy {
  nanobind::handle array, empty;                  ///< numpy.ndarray and numpy.empty()
  nanobind::handle float64, int64, uint64, int8;  ///< types of elements
};

/// They are looked up in the first call, since the module can be imported without NumPy. No thread waits for another
/// that does this: it might have Python's lock, which the other needs.
const Numpy& numpy();

}  // namespace sorn::python
