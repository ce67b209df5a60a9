// Vectors of numbers from NumPy and for it.
#pragma once

#include "bindings.hpp"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace sorn::python {

using Values = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

inline std::span<const double> span_of(const Values& values) noexcept { return {values.data(), values.shape(0)}; }

template <class T>
nb::object vector_array(std::vector<T>&& values) {
  const std::size_t size = values.size();
  return numpy_array(std::move(values), {size});
}

}  // namespace sorn::python
