#include "bindings.hpp"
#include "own_rule.hpp"
#include "signals.hpp"

#include "core/own_rule.hpp"
#include "core/validate.hpp"

#include <nanobind/stl/optional.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

/// Calls change(network) with the network, or, if functions of Python may be called and others may read the network
/// meanwhile, with a copy that then replaces it.
template <class Change>
void changed(Network& self, Change change) {
  if (self.rules().empty()) return change(self);
  Network network(self);
  {
    const nb::gil_scoped_release no_gil;
    change(network);
  }
  self = std::move(network);
}

nb::object step(Network& self, const RunSettings& settings) {
  RunOptions options = settings.options();
  options.undo = !self.rules().empty();  // the copy is discarded after an error
  changed(self, [&](Network& network) { network.run(settings.steps(), options); });
  std::vector<std::uint8_t> activity = self.state().x;
  const std::size_t ne = activity.size();
  return numpy_array(std::move(activity), {ne});
}

nb::object act(Network& self, const Array1& drive) {
  std::vector<double> values(drive.size());
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = drive(k);
  const auto output = self.act(values);
  return answer_object({self.state().step, output, self.parameters().output});
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
      .def("act", &act, nb::arg("drive"),
           nb::sig("def act(self, drive: numpy.typing.NDArray[numpy.float64]) -> int | "
                   "numpy.typing.NDArray[numpy.int8]"),
           "The first half of a step: the answer of the output units.")
      .def(
          "learn",
          [](Network& self, std::optional<double> reward, const std::string& phase) {
            changed(self, [&](Network& one) { one.learn(reward, phase_named(phase)); });
          },
          nb::arg("reward").none(), nb::arg("phase"),
          nb::sig("def learn(self, reward: float | None, phase: sorn._names.Phase) -> None"),
          "The second half of a step.")
      .def_prop_ro("acts", &Network::acts)
      .def("reset_activity", &Network::reset_activity)
      .def("shuffle_activity", &Network::shuffle_activity)
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
      .def_prop_ro("no", [](const Network& self) { return self.state().output.no(); })
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
