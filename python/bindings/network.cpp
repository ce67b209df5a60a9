#include "bindings.hpp"
#include "own_rule.hpp"
#include "signals.hpp"

#include "core/own_rule.hpp"
#include "core/validate.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/tuple.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace sorn::python {

namespace {

bool has_rules(const Network& network) noexcept { return !network.rules().empty(); }

nb::object step(SharedNetwork& self, const RunSettings& settings) {
  RunOptions options = settings.options();
  const bool on_copy = self.read(has_rules);
  options.undo = on_copy;  // the copy is discarded after an error
  std::vector<std::uint8_t> activity;
  change_shared(self, on_copy, [&](Network& network) {
    network.run(settings.steps(), options);
    activity = network.state().x;
  });
  const std::size_t ne = activity.size();
  return numpy_array(std::move(activity), {ne});
}

nb::object act(SharedNetwork& self, const Array1& drive) {
  std::vector<double> values(drive.size());
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = drive(k);
  std::vector<std::uint8_t> output;
  const Answer answer = self.change_long([&](Network& network) {
    const auto given = network.act(values);
    output.assign(given.begin(), given.end());
    return Answer{network.state().step, output, network.parameters().output};
  });
  return answer_object(answer);
}

void learn(SharedNetwork& self, std::optional<double> reward, const std::string& phase) {
  const Phase given = phase_named(phase);
  change_shared(self, self.read(has_rules), [&](Network& network) { network.learn(reward, given); });
}

void set_rules(SharedNetwork& self, const nb::sequence& rules) {
  std::vector<std::shared_ptr<const OwnRule>> wanted = rules_of(rules);
  // The rules from before are objects of Python, which may end with this function.
  const auto before = self.change([&](Network& network) {
    std::vector<std::shared_ptr<const OwnRule>> kept = network.rules();
    network.set_rules(std::move(wanted));
    return kept;
  });
}

nb::list missing_rules(const SharedNetwork& self) {
  const std::vector<std::string> names = self.read([](const Network& network) {
    std::vector<std::string> missing;
    for (const std::string_view name : own_rules(network.parameters().order)) {
      if (find_rule(network.rules(), name) == nullptr) missing.emplace_back(name);
    }
    return missing;
  });
  nb::list missing;
  for (const std::string& name : names) missing.append(text(name));
  return missing;
}

}  // namespace

void bind_network(nb::module_& m) {
  m.def("looks_transposed", &looks_transposed, nb::arg("features"), nb::arg("steps"),
        "Whether inputs with this number of features and steps look transposed.");

  nb::class_<SharedNetwork> network(m, "Network", "A network in the engine.");
  network
      .def_static(
          "built",
          [](const Parameters& parameters, std::uint64_t seed) { return SharedNetwork(Network(parameters, seed)); },
          nb::arg("parameters"), nb::arg("seed"), nb::call_guard<nb::gil_scoped_release>(), "A new network.")
      .def(
          "copy", [](const SharedNetwork& self) { return SharedNetwork(self.copy()); }, "An independent copy.")
      .def("step", &step, nb::arg("settings"),
           nb::sig("def step(self, settings: RunSettings) -> numpy.typing.NDArray[numpy.int8]"),
           "Makes a step with these settings in place; returns the new excitatory activity.")
      .def("act", &act, nb::arg("drive"),
           nb::sig("def act(self, drive: numpy.typing.NDArray[numpy.float64]) -> int | "
                   "numpy.typing.NDArray[numpy.int8]"),
           "The first half of a step: the answer of the output units.")
      .def("learn", &learn, nb::arg("reward").none(), nb::arg("phase"),
           nb::sig("def learn(self, reward: float | None, phase: sorn._names.Phase) -> None"),
           "The second half of a step.")
      .def_prop_ro("acts", reading<Network>(&Network::acts))
      .def("reset_activity", changing<Network>(&Network::reset_activity))
      .def("shuffle_activity", changing<Network>(&Network::shuffle_activity))
      .def(
          "set_parameters",
          [](SharedNetwork& self, const Parameters& parameters) {
            self.change([&](Network& one) { one.set_parameters(parameters); });
          },
          nb::arg("parameters"))
      .def("set_rules", &set_rules, nb::arg("rules"),
           nb::sig("def set_rules(self, rules: collections.abc.Sequence[OwnRule]) -> None"))
      .def_prop_ro(
          "rules", [](const SharedNetwork& self) { return objects_of(self.read(&Network::rules)); },
          nb::sig("def rules(self) -> tuple[OwnRule, ...]"))
      .def_prop_ro("missing_rules", &missing_rules, nb::sig("def missing_rules(self) -> list[str]"),
                   "Rules in `order` that the network was not given.")
      .def(
          "reseed",
          [](SharedNetwork& self, std::uint64_t seed) { self.change([&](Network& one) { one.reseed(seed); }); },
          nb::arg("seed"))
      .def_prop_ro("parameters", reading<Network>(&Network::parameters))
      .def_prop_ro("seed", reading<Network>([](const Network& one) { return one.state().seed; }))
      .def_prop_ro("step_count", reading<Network>([](const Network& one) { return one.state().step; }))
      .def_prop_ro("ne", reading<Network>([](const Network& one) { return one.state().ne(); }))
      .def_prop_ro("nu", reading<Network>([](const Network& one) { return one.parameters().nu; }))
      .def_prop_ro("no", reading<Network>([](const Network& one) { return one.state().output.no(); }))
      .def_prop_ro("ni", reading<Network>([](const Network& one) { return one.state().ni(); }))
      .def_prop_ro("connection_counts", reading<Network>([](const Network& one) {
                     const State& s = one.state();
                     return std::tuple(s.wee->synapse_count(), s.wei->synapse_count(), s.wie->synapse_count());
                   }),
                   nb::sig("def connection_counts(self) -> tuple[int, int, int]"),
                   "The numbers of synapses in Wee, Wei and Wie.");
  bind_state_values(network);
}

}  // namespace sorn::python
