#include "bindings.hpp"

NB_MODULE(_core, m) {
  namespace py = sorn::python;
  m.doc() = "The engine behind the package: use the names that `sorn` exports.";
  // Constants of the package live until the interpreter ends. nanobind need not warn of this as a leak.
  nanobind::set_leak_warnings(false);
  m.attr("version") = sorn::version;
  py::bind_errors();
  py::bind_parameters(m);
  py::bind_source(m);
  py::bind_signals(m);
  py::bind_settings(m);
  py::bind_own_rule(m);
  py::bind_network(m);
  py::bind_batch(m);
  py::bind_one_step(m);
  py::bind_lineage(m);
  py::bind_run(m);
  py::bind_ensemble(m);
  py::bind_twins(m);
  py::bind_files(m);
  py::bind_spike_train(m);
  py::bind_recorded_spikes(m);
  py::bind_statistics(m);
  py::bind_criticality(m);
  py::bind_avalanches(m);
  py::bind_readout(m);
  py::bind_sweep(m);
  py::bind_tables(m);
  py::bind_time_travel(m);
  py::bind_plain(m);
}
