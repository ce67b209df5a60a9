#include "bindings.hpp"

#include "core/rules/rule.hpp"
#include "core/validate.hpp"
#include "support/format.hpp"

#include <sorn/error.hpp>

namespace sorn::python {

namespace {

nb::list rules() {
  nb::list rows;
  for (const RuleInfo& info : rule_table()) {
    nb::dict row;
    row["name"] = text(info.name);
    row["label"] = text(info.label);
    row["meaning"] = text(info.meaning);
    rows.append(row);
  }
  return rows;
}

RuleSet rules_named(nb::handle names) {
  RuleSet rules;
  for (const nb::handle rule : names) rules.insert(rule_named(nb::cast<std::string>(rule)));
  return rules;
}

Noise noise_of(const Parameters& parameters, nb::handle noise, HeldArray& array) {
  if (noise.ptr() == Py_True) return Noise::gaussian(variant(parameters.variant).noise_sigma);
  if (noise.ptr() == Py_False) return Noise::off();
  if (PyFloat_Check(noise.ptr())) return Noise::gaussian(PyFloat_AS_DOUBLE(noise.ptr()));
  array = HeldArray(noise);
  return Noise::replayed(array.view());
}

nb::object step(Network& self, nb::handle u, const std::string& phase, nb::handle freeze, nb::handle noise) {
  const CallOptions options(self.parameters(), phase, freeze, noise, u);
  self.run(1, options.run_options());
  std::vector<std::uint8_t> activity = self.state().x;
  const std::size_t ne = activity.size();
  return numpy_array(std::move(activity), {ne});
}

}  // namespace

CallOptions::CallOptions(const Parameters& parameters, const std::string& phase, nb::handle freeze, nb::handle noise,
                         nb::handle inputs, std::size_t threads) {
  options_.phase = phase_named(phase);
  options_.freeze = rules_named(freeze);
  options_.noise = noise_of(parameters, noise, noise_);
  options_.threads = threads;
  if (!inputs.is_none()) {
    inputs_ = HeldArray(inputs);
    options_.inputs = inputs_.view();
  }
}

void bind_network(nb::module_& m) {
  m.def("rules", &rules, nb::sig("def rules() -> list[dict[str, str]]"),
        "The plasticity rules: name, as `freeze` takes it, label and meaning.");
  m.def(
      "check_names",
      [](const std::string& phase, nb::handle freeze) {
        static_cast<void>(phase_named(phase));
        static_cast<void>(rules_named(freeze));
      },
      nb::arg("phase"), nb::arg("freeze"), "Raises UnknownNameError for a phase or a plasticity rule that is none.");

  m.def(
      "check_target_rate",
      [](const Parameters& parameters, const std::string& phase, nb::handle freeze, std::size_t features,
         std::size_t steps) {
        check_target_rate(parameters, {.phase = phase_named(phase),
                                       .freeze = rules_named(freeze),
                                       .inputs = {.features = features, .steps = steps}});
      },
      nb::arg("parameters"), nb::arg("phase"), nb::arg("freeze"), nb::arg("features"), nb::arg("steps"),
      nb::sig("def check_target_rate(parameters: Parameters, phase: str, freeze: object, features: int, steps: int) -> "
              "None"),
      "Raises ParameterError if a run would adapt thresholds to a rate that no unit can have. 0 features: no inputs.");
  m.def("looks_transposed", &looks_transposed, nb::arg("features"), nb::arg("steps"),
        "Whether inputs with this number of features and steps look transposed.");

  nb::class_<Network> network(m, "Network", "A network as the engine holds it.");
  network
      .def_static(
          "built", [](const Parameters& parameters, std::uint64_t seed) { return Network(parameters, seed); },
          nb::arg("parameters"), nb::arg("seed"), nb::call_guard<nb::gil_scoped_release>(), "A new network.")
      .def(
          "copy", [](const Network& self) { return Network(self); }, "An independent copy.")
      .def("step", &step, nb::arg("u").none(), nb::arg("phase"), nb::arg("freeze"), nb::arg("noise"),
           nb::sig("def step(self, u: object | None, phase: str, freeze: object, noise: object) -> "
                   "numpy.typing.NDArray[numpy.int8]"),
           "One step in place; returns the new excitatory activity.")
      .def("set_parameters", &Network::set_parameters, nb::arg("parameters"))
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
          nb::sig("def connection_counts(self) -> tuple[int, int, int]"), "Synapses in Wee, Wei and Wie.");
  bind_state_values(network);
}

}  // namespace sorn::python
