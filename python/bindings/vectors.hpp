// Vectors of numbers from NumPy and for it.
#pragma once

#include "bindings.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace sorn::python {

template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Values = Vector<double>;
using Counts = Vector<std::int64_t>;

template <class T>
std::span<const T> span_of(const Vector<T>& values) noexcept {
  return {values.data(), values.shape(0)};
}

template <class T>
nb::object vector_array(std::vector<T>&& values) {
  const std::size_t size = values.size();
  return numpy_array(std::move(values), {size});
}

}  // namespace sorn::python
