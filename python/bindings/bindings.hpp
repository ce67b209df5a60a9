// What the files of the extension module share. No decision about the model is taken in this directory: it turns Python
// objects into the library's types and back.
#pragma once

#include "texts.hpp"

#include <sorn/sorn.hpp>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sorn::python {

namespace nb = nanobind;

/// A float64 array of Python's, read where it lies.
using Array1 = nb::ndarray<const double, nb::ndim<1>, nb::device::cpu>;
using Array2 = nb::ndarray<const double, nb::ndim<2>, nb::device::cpu>;

/// An array of Python's that no caller can change while a run reads it: a copy, unless its memory can never be written
/// to, such as that of a read-only memory map. What is checked is then what is used.
class HeldArray {
public:
  HeldArray() = default;
  /// @param array  float64, (features, steps)
  explicit HeldArray(nb::handle array);
  HeldArray(const HeldArray&) = delete;
  HeldArray(HeldArray&&) = default;
  HeldArray& operator=(const HeldArray&) = delete;
  HeldArray& operator=(HeldArray&&) = default;
  ~HeldArray() = default;

  /// As the engine reads it. The view must not outlive this.
  InputView view() const noexcept { return view_; }

private:
  Array2 array_;  // where the memory stays Python's
  std::vector<double> values_;
  InputView view_;
};

/// A numpy array that takes the values over without copying them.
template <class T>
nb::object numpy_array(std::vector<T>&& values, const std::vector<std::size_t>& shape);

/// A recording as a numpy array of shape (rows, …).
nb::object numpy_array(Recording&& recording);

/// What a Python call says about a run, with the arrays that its views point into.
class CallOptions {
public:
  /// @param noise  True: the variant's σ; False: none; a float: σ; a float64 array (ne + ni, T): replayed
  /// @param inputs None, or a float64 array (nu, T)
  /// @param threads  as in RunOptions
  CallOptions(const Parameters& parameters, const std::string& phase, nb::handle freeze, nb::handle noise,
              nb::handle inputs, std::size_t threads = 0);
  const RunOptions& run_options() const noexcept { return options_; }

private:
  HeldArray inputs_;
  HeldArray noise_;
  RunOptions options_;
};

/// What to record, parsed once and used by many runs.
struct RecordPlan {
  std::vector<RecordRequest> requests;
  ActivityFormat activity;

  RecordPlan(const std::vector<std::string>& texts, bool real);
};

void bind_errors();
void bind_parameters(nb::module_& m);
void bind_network(nb::module_& m);
void bind_state_values(nb::class_<Network>& network);
void bind_run(nb::module_& m);
void bind_ensemble(nb::module_& m);
void bind_files(nb::module_& m);
void bind_spike_train(nb::module_& m);
void bind_statistics(nb::module_& m);
void bind_sweep(nb::module_& m);

}  // namespace sorn::python
