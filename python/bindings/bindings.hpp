// Shared declarations of the extension module. The code in this folder only converts between Python objects and types
// of the library; it makes no decisions about the model.
#pragma once

#include "shared.hpp"
#include "signals.hpp"
#include "source.hpp"
#include "texts.hpp"

#include <sorn/file_run.hpp>
#include <sorn/network.hpp>
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

/// A network as Python has it.
using SharedNetwork = Shared<Network>;

/// A float64 array of Python that is read without a copy.
using Array1 = nb::ndarray<const double, nb::ndim<1>, nb::device::cpu>;
using Array2 = nb::ndarray<const double, nb::ndim<2>, nb::device::cpu>;

/// An array of Python that cannot change while a run reads it. It is a copy, unless its memory can never be written to,
/// such as that of a read-only memory map. So the values that are used are those that were checked.
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

  /// The view for the engine. It must not outlive this object.
  InputView view() const noexcept { return view_; }

private:
  Array2 array_;  // if the memory belongs to Python
  std::vector<double> values_;
  InputView view_;
};

/// A numpy array that takes ownership of the values without a copy.
template <class T>
nb::object numpy_array(std::vector<T>&& values, const std::vector<std::size_t>& shape);

/// A recording as a numpy array of shape (rows, …); events of synapses as a Lineage.
nb::object numpy_array(Recording&& recording);

/// The value of a hyperparameter that Python gives by this name, which must be one of the table.
/// @throws ParameterError
ParameterValue parameter_value(std::string_view name, nb::handle given);

/// The quantities to record, parsed once and used by many runs.
struct RecordPlan {
  std::vector<RecordRequest> requests;
  ActivityFormat activity;

  RecordPlan(const std::vector<std::string>& texts, bool real);
};

/// Where a run streams its recordings.
struct OutputFile {
  std::filesystem::path path;
  std::uint64_t checkpoint_every = 0;  ///< steps from one checkpoint to the next; 0: none
  std::uint64_t keep_checkpoints = 0;  ///< as in RunPlan
  bool overwrite = false;
  RunLog replay{};  ///< the log whose acts are repeated
};

/// The settings of a run from a Python call. They are checked when this is made, and never change. The views in the
/// results of options() and plan() point into this object.
class RunSettings {
public:
  /// @param noise  True: the variant's σ; False: none; a float: σ; a float64 array (ne + ni, T): replayed
  /// @param inputs None, or a float64 array (nu, T)
  /// @param source None, a SourceSpec, a CustomValue or a ClosedLoopValue
  /// @param threads  as in RunOptions
  /// @param new_synapses  None, or an int64 array (k, 3) of step, pre and post
  /// @param signals  as HeldSignals takes them
  RunSettings(std::uint64_t steps, const std::string& phase, nb::tuple freeze, nb::object noise, nb::object inputs,
              std::size_t threads, nb::object record, nb::handle new_synapses, nb::object source, nb::handle signals);

  std::uint64_t steps() const noexcept { return steps_; }
  std::string_view phase() const noexcept { return name(options_.phase); }
  const nb::tuple& freeze() const noexcept { return freeze_; }
  const nb::object& noise() const noexcept { return noise_; }
  const nb::object& inputs() const noexcept { return inputs_; }
  const nb::object& source() const noexcept { return source_; }
  std::size_t threads() const noexcept { return options_.threads; }
  nb::tuple signal_names() const { return signals_.names(); }
  const nb::object& record_object() const noexcept { return record_; }
  const RecordPlan& record() const { return nb::cast<const RecordPlan&>(record_); }

  const RunOptions& options() const noexcept { return options_; }
  /// The plan of a run, into `file` if there is one.
  RunPlan plan(const OutputFile* file) const;

private:
  std::uint64_t steps_;
  nb::tuple freeze_;
  nb::object noise_;
  nb::object inputs_;
  nb::object source_;
  nb::object record_;
  HeldArray held_inputs_;
  HeldArray held_noise_;
  std::vector<NewSynapse> new_synapses_;
  HeldSignals signals_;
  OwnSource own_source_;
  RunOptions options_;
};

void bind_avalanches(nb::module_& m);
void bind_batch(nb::module_& m);
void bind_criticality(nb::module_& m);
void bind_errors();
void bind_parameters(nb::module_& m);
void bind_plain(nb::module_& m);
void bind_network(nb::module_& m);
void bind_one_step(nb::module_& m);
void bind_lineage(nb::module_& m);
void bind_own_rule(nb::module_& m);
void bind_settings(nb::module_& m);
void bind_state_values(nb::class_<SharedNetwork>& network);
void bind_readout(nb::module_& m);
void bind_run(nb::module_& m);
void bind_ensemble(nb::module_& m);
void bind_files(nb::module_& m);
void bind_source(nb::module_& m);
void bind_spike_train(nb::module_& m);
void bind_recorded_spikes(nb::module_& m);
void bind_statistics(nb::module_& m);
void bind_sweep(nb::module_& m);
void bind_tables(nb::module_& m);
void bind_time_travel(nb::module_& m);
void bind_twins(nb::module_& m);

}  // namespace sorn::python

/// A Network without a lock never reaches Python, which this does not let compile.
template <>
struct nanobind::detail::type_caster<sorn::Network>;
