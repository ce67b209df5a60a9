#include "bindings.hpp"
#include "numpy.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

namespace sorn::python {

namespace {

/// Copying fewer bytes than this takes almost no time.
constexpr std::size_t small = 4096;

/// Whether no code in this process can ever write to the memory of an array. The flag of the array does not guarantee
/// this, because its owner may change the flag; the object that owns the memory does.
bool never_changes(nb::handle array) {
  nb::object owner = nb::borrow(array);
  while (nb::hasattr(owner, "__array_interface__") && nb::hasattr(owner, "base")) {
    if (nb::cast<bool>(owner.attr("flags").attr("writeable"))) return false;
    owner = owner.attr("base");
  }
  Py_buffer buffer;
  if (PyObject_CheckBuffer(owner.ptr()) == 0) return false;
  if (PyObject_GetBuffer(owner.ptr(), &buffer, PyBUF_SIMPLE) != 0) {
    PyErr_Clear();
    return false;
  }
  const bool read_only = buffer.readonly != 0;
  PyBuffer_Release(&buffer);
  return read_only;
}

/// An axis of an array and of its copy. An axis that repeats a single value does so in the copy, too.
struct Axis {
  std::size_t extent;
  std::ptrdiff_t stride;
  std::size_t copied() const noexcept { return stride == 0 ? 1 : extent; }
};

Numpy looked_up() {
  const nb::module_ module = nb::module_::import_("numpy");
  const auto type = [&](const char* name) { return nb::object(module.attr("dtype")(name)).release(); };
  return {.array = nb::object(module.attr("ndarray")).release(),
          .empty = nb::object(module.attr("empty")).release(),
          .float64 = type("float64"),
          .int64 = type("int64"),
          .uint64 = type("uint64"),
          .int8 = type("int8")};
}

}  // namespace

const Numpy& numpy() {
  static std::atomic<const Numpy*> kept = nullptr;  // not destroyed after the interpreter
  const Numpy* first = kept.load(std::memory_order_acquire);
  if (first != nullptr) return *first;
  auto mine = std::make_unique<const Numpy>(looked_up());
  if (kept.compare_exchange_strong(first, mine.get(), std::memory_order_acq_rel)) first = mine.release();
  return *first;
}

HeldArray::HeldArray(nb::handle array) {
  array_ = nb::cast<Array2>(array, false);
  view_ = {array_.data(), array_.shape(0), array_.shape(1), array_.stride(0), array_.stride(1)};
  if (array_.size() > small && never_changes(array)) return;
  // Copies in the order of the memory: step by step or feature by feature.
  Axis outer{view_.features, view_.feature_stride};
  Axis inner{view_.steps, view_.step_stride};
  const bool step_major = std::abs(outer.stride) < std::abs(inner.stride);
  if (step_major) std::swap(outer, inner);
  values_.reserve(outer.copied() * inner.copied());
  for (std::size_t i = 0; i < outer.copied(); ++i) {
    const double* const row = view_.data + static_cast<std::ptrdiff_t>(i) * outer.stride;
    for (std::size_t k = 0; k < inner.copied(); ++k) {
      values_.push_back(row[static_cast<std::ptrdiff_t>(k) * inner.stride]);
    }
  }
  const auto copied_stride = [](const Axis& axis, std::size_t distance) {
    return axis.stride == 0 ? 0 : static_cast<std::ptrdiff_t>(distance);
  };
  const std::ptrdiff_t outer_stride = copied_stride(outer, inner.copied());
  const std::ptrdiff_t inner_stride = copied_stride(inner, 1);
  view_.data = values_.data();
  view_.feature_stride = step_major ? inner_stride : outer_stride;
  view_.step_stride = step_major ? outer_stride : inner_stride;
  array_ = {};
}

template <class T>
nb::object numpy_array(std::vector<T>&& values, const std::vector<std::size_t>& shape) {
  // In NumPy spikes, 0 or 1, are signed, so that a difference between steps is -1 and not 255.
  using Element = std::conditional_t<std::is_same_v<T, std::uint8_t>, std::int8_t, T>;
  auto* const kept = new std::vector<T>(std::move(values));
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  void* const data = kept->data();
  nb::object array =
      nb::ndarray<nb::numpy, Element>(static_cast<Element*>(data), shape.size(), shape.data(), owner).cast();
  // If both long and long long have 64 bits, numpy has two types for them. These arrays would have the type that is not
  // named int64: it is equal to int64, but another object for type checkers, serialisers and isinstance().
  if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
    return array.attr("view")(std::is_signed_v<T> ? numpy().int64 : numpy().uint64);
  }
  return array;
}

template nb::object numpy_array(std::vector<std::uint8_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::int32_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::uint32_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::uint64_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<std::int64_t>&&, const std::vector<std::size_t>&);
template nb::object numpy_array(std::vector<double>&&, const std::vector<std::size_t>&);

nb::object numpy_array(Recording&& recording) {
  std::vector<std::size_t> shape{recording.rows};
  shape.insert(shape.end(), recording.row_shape.begin(), recording.row_shape.end());
  return std::visit(
      [&](auto&& values) -> nb::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<SynapseEvent>>) {
          return nb::cast(Lineage{recording.first_step, recording.first_step + recording.rows,
                                  std::move(recording.start), std::move(values)});
        } else {
          return numpy_array(std::move(values), shape);
        }
      },
      std::move(recording.values));
}

}  // namespace sorn::python
