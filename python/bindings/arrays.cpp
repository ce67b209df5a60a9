#include "bindings.hpp"

#include <cstdint>
#include <type_traits>
#include <utility>

namespace sorn::python {

InputView view_of(const Array2& array) noexcept {
  return {array.data(), array.shape(0), array.shape(1), array.stride(0), array.stride(1)};
}

template <class T>
nb::object numpy_array(std::vector<T>&& values, const std::vector<std::size_t>& shape) {
  // Spikes, 0 or 1, are signed to NumPy: from one step to the next they change by -1, not by 255.
  using Element = std::conditional_t<std::is_same_v<T, std::uint8_t>, std::int8_t, T>;
  auto* const kept = new std::vector<T>(std::move(values));
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  void* const data = kept->data();
  nb::object array =
      nb::ndarray<nb::numpy, Element>(static_cast<Element*>(data), shape.size(), shape.data(), owner).cast();
  // Where long and long long have 64 bits, numpy tells two types apart, and these arrays come as the one that is not
  // called int64: equal to it, but another object to a type checker, a serialiser or isinstance().
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    // numpy's types live as long as the interpreter; looking one up takes longer than the view.
    static const nb::handle type =
        nb::module_::import_("numpy").attr("dtype")(std::is_signed_v<T> ? "int64" : "uint64").release();
    return array.attr("view")(type);
  }
  return array;
}

template nb::object numpy_array(std::vector<std::uint8_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::uint32_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::uint64_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::int64_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<double>&&, const std::vector<std::size_t>&);

nb::object numpy_array(Recording&& recording) {
  std::vector<std::size_t> shape{recording.rows};
  shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
  return std::visit([&](auto&& values) { return numpy_array(std::move(values), shape); }, std::move(recording.values));
}

}  // namespace sorn::python
