#include "bindings.hpp"
#include "own_rule.hpp"

#include "core/own_rule.hpp"

#include "core/validate.hpp"

#include <utility>

namespace sorn::python {

namespace {

nb::object step(Network& self, const RunSettings& settings) {
  if (self.rules().empty()) {
    self.run(settings.steps(), settings.options());
  } else {
    // Functions of Python are called, perhaps in several threads, and others may read the network meanwhile.
    Network network(self);
    RunOptions options = settings.options();
    options.undo = true;  // the copy is discarded after an error
    {
      const nb::gil_scoped_release no_gil;
      network.run(settings.steps(), options);
    }
    self = std::move(network);
  }
  std::vector<std::uint8_t> activity = self.state().x;
  const std::size_t ne = activity.size();
  return numpy_array(std::move(activity), {ne});
}

}  // namespace

void bind_network(nb::module_& m) {
  m.def("looks_transposed", &looks_transposed, nb::arg("features"), nb::arg("steps"),
        "Whether inputs with this number of features and steps look transposed.");

  nb::class_<Network> network(m, "Network", "A network in the engine.");
  network
      .def_static(
          "built", [](const Parameters& parameters, std::uint64_t seed) { return Network(parameters, seed); },
          nb::arg("parameters"), nb::arg("seed"), nb::call_guard<nb::gil_scoped_release>(), "A new network.")
      .def(
          "copy", [](const Network& self) { return Network(self); }, "An independent copy.")
      .def("step", &step, nb::arg("settings"),
           nb::sig("def step(self, settings: RunSettings) -> numpy.typing.NDArray[numpy.int8]"),
           "Makes a step with these settings in place; returns the new excitatory activity.")
      .def("set_parameters", &Network::set_parameters, nb::arg("parameters"))
      .def(
          "set_rules", [](Network& self, const nb::sequence& rules) { self.set_rules(rules_of(rules)); },
          nb::arg("rules"), nb::sig("def set_rules(self, rules: collections.abc.Sequence[OwnRule]) -> None"))
      .def_prop_ro(
          "rules", [](const Network& self) { return objects_of(self.rules()); },
          nb::sig("def rules(self) -> tuple[OwnRule, ...]"))
      .def_prop_ro(
          "missing_rules",
          [](const Network& self) {
            nb::list missing;
            for (const std::string_view name : own_rules(self.parameters().order)) {
              if (find_rule(self.rules(), name) == nullptr) missing.append(text(name));
            }
            return missing;
          },
          nb::sig("def missing_rules(self) -> list[str]"), "Rules in `order` that the network was not given.")
      .def("reseed", &Network::reseed, nb::arg("seed"))
      .def_prop_ro("parameters", [](const Network& self) { return self.parameters(); })
      .def_prop_ro("seed", [](const Network& self) { return self.state().seed; })
      .def_prop_ro("step_count", [](const Network& self) { return self.state().step; })
      .def_prop_ro("ne", [](const Network& self) { return self.state().ne(); })
      .def_prop_ro("nu", [](const Network& self) { return self.parameters().nu; })
      .def_prop_ro("ni", [](const Network& self) { return self.state().ni(); })
      .def_prop_ro(
          "connection_counts",
          [](const Network& self) {
            const State& s = self.state();
            return nb::make_tuple(s.wee->synapse_count(), s.wei->synapse_count(), s.wie->synapse_count());
          },
          nb::sig("def connection_counts(self) -> tuple[int, int, int]"),
          "The numbers of synapses in Wee, Wei and Wie.");
  bind_state_values(network);
}

}  // namespace sorn::python
