// What the files of the extension module share. No decision about the model is taken in this directory: it turns Python
// objects into the library's types and back.
#pragma once

#include "texts.hpp"

#include <sorn/file_run.hpp>
#include <sorn/sorn.hpp>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
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

/// What to record, parsed once and used by many runs.
struct RecordPlan {
  std::vector<RecordRequest> requests;
  ActivityFormat activity;

  RecordPlan(const std::vector<std::string>& texts, bool real);
};

/// Where a run streams its recordings.
struct OutputFile {
  std::filesystem::path path;
  std::uint64_t checkpoint_every = 0;  ///< steps from one checkpoint to the next; 0: none
  bool overwrite = false;
};

/// What a Python call says about a run. It is checked when it is made, never changes, and is handed on whole. The
/// views of what options() and plan() return point into it.
class RunSettings {
public:
  /// @param noise  True: the variant's σ; False: none; a float: σ; a float64 array (ne + ni, T): replayed
  /// @param inputs None, or a float64 array (nu, T)
  /// @param threads  as in RunOptions
  RunSettings(std::uint64_t steps, const std::string& phase, nb::tuple freeze, nb::object noise, nb::object inputs,
              std::size_t threads, nb::object record);

  std::uint64_t steps() const noexcept { return steps_; }
  std::string_view phase() const noexcept { return name(options_.phase); }
  const nb::tuple& freeze() const noexcept { return freeze_; }
  const nb::object& noise() const noexcept { return noise_; }
  const nb::object& inputs() const noexcept { return inputs_; }
  std::size_t threads() const noexcept { return options_.threads; }
  const nb::object& record_object() const noexcept { return record_; }
  const RecordPlan& record() const { return nb::cast<const RecordPlan&>(record_); }

  RunOptions options(const Parameters& parameters) const;
  /// Of a run into `file`, if there is one.
  RunPlan plan(const Parameters& parameters, const OutputFile* file) const;

private:
  std::uint64_t steps_;
  nb::tuple freeze_;
  nb::object noise_;
  nb::object inputs_;
  nb::object record_;
  HeldArray held_inputs_;
  HeldArray held_noise_;
  RunOptions options_;  // the noise of the variant is filled in by options()
};

void bind_errors();
void bind_parameters(nb::module_& m);
void bind_network(nb::module_& m);
void bind_settings(nb::module_& m);
void bind_state_values(nb::class_<Network>& network);
void bind_run(nb::module_& m);
void bind_ensemble(nb::module_& m);
void bind_files(nb::module_& m);
void bind_spike_train(nb::module_& m);
void bind_statistics(nb::module_& m);
void bind_sweep(nb::module_& m);
void bind_tables(nb::module_& m);

}  // namespace sorn::python
